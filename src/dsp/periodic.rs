//! Is there a response to a periodic stimulus (amplitude-modulated tone, vowel, flicker)?
//!
//! Everything starts from complex coefficients `z_m`, one per epoch of a whole number of modulation cycles
//! ([`EpochPlan`], [`EpochCutter`], [`EpochBins`]): `|z|` is the peak amplitude in the unit of the samples, its angle the phase of a
//! cosine at the epoch's exact start.
//!
//! | question | answer |
//! |---|---|
//! | is the bin higher than its neighbours? | [`f_test`]; without a phase reference [`power_snr`] |
//! | do the epochs agree in phase and amplitude? | [`locked_test`]: MSC and circular T2, which are one test |
//! | in phase alone? | [`rayleigh`] |
//! | and where real and imaginary parts differ in variance, or over channels and harmonics together? | [`Hotelling`] |
//! | over harmonics, from their p-values? | [`fisher`] |
//! | with noise that comes and goes? | [`weighted_test`] |
//! | how large, how sure? | [`ResponseAmplitude`] |
//!
//! All tests assume epochs that are independent under no response. They are single looks: for looks along the way see
//! [`looks`](crate::dsp::looks).

mod amplitude;
mod epoch_bins;
mod epoch_cutter;
mod epoch_plan;
mod f_test;
mod fine_bins;
mod fisher;
mod hotelling;
mod locked;
mod noise_bins;
mod polarity;
mod rayleigh;
mod weighted;

pub use amplitude::{
    AmplitudeError, ResponseAmplitude, noise_corrected, residual_noise_nv, residual_noise_of_psd_nv,
};
pub use epoch_bins::{EpochBins, EpochBinsError, EpochMeans};
pub use epoch_cutter::EpochCutter;
pub use epoch_plan::{EpochPlan, EpochPlanError};
pub use f_test::{FTest, f_test, f_test_of, power_snr};
pub use fine_bins::FineBins;
pub use fisher::{Fisher, fisher};
pub use hotelling::{Hotelling, HotellingError, HotellingTest};
pub use locked::{LockedTest, locked_test};
pub use noise_bins::{Neighbourhood, NoiseBins, NoiseBinsError, bins_near, harmonics_of};
pub use polarity::pair_polarities;
pub use rayleigh::{Rayleigh, rayleigh};
pub use weighted::{WeightedTest, noise_variance, weighted_test};
