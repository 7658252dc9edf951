//! Pure arithmetic on slices: no threads, no clocks, no I/O, no configuration.
//!
//! In the order of the way: segments, tapers and their transforms; averages over segments; what the averages
//! are worth; measures.

mod segment;

mod detrend;
mod dpss;
mod freq_axis;
mod segment_fft;
mod taper;
mod taper_set;
mod tridiagonal;

mod exact_sum;
mod exponential_sum;
mod forgetting;
mod phase_sums;
mod sliding;
mod spectral_sums;
mod window_sums;

mod averages;

mod interval;
mod lacking;
mod lag_weights;
mod overlap;
mod overlap_table;

mod coherence;
mod connectivity;
pub mod filter_design;
pub mod filtfilt;
pub mod fir;
mod flanks;
pub mod group_delay;
pub mod hilbert;
mod holm;
mod laplacian;
pub mod looks;
pub mod paper;
pub mod paper_live;
pub mod paper_phase;
mod partial;
pub mod peaks;
pub mod periodic;
mod sinc_kernel;
pub mod sos;
pub mod stft;
pub mod stimulus_response;
pub mod surrogate;
pub mod tails;
pub mod transfer;

pub use averages::{Averages, Averaging, forgetting_share};
pub use coherence::{BandNull, band_msc, msc, msc_critical};
pub use connectivity::{Connectivity, NullLines, NullPlan, PairMeans};
pub use detrend::Detrend;
pub use dpss::{Dpss, DpssError, DpssForm};
pub use exact_sum::ExactSum;
pub use flanks::{BandSnr, FlankFit, FlankRule};
pub use forgetting::ForgettingSpectra;
pub use freq_axis::FreqAxis;
pub use holm::holm;
pub use interval::{Interval, PowerFactors, band_dof};
pub use lag_weights::LagWeights;
pub use laplacian::{LaplacianError, LaplacianPlan, laplacian_weights};
pub use overlap::{effective_count, overlap_correlation};
pub use overlap_table::OverlapTable;
pub use partial::WithStimulus;
pub use segment::{PlanError, SegmentPlan, Segmenter, Step};
pub use segment_fft::SegmentFft;
pub use sinc_kernel::SincKernel;
pub use sliding::SlidingSpectra;
pub use spectral_sums::SpectraShape;
pub use taper::{Taper, TaperKind};
pub use taper_set::{Multitaper, TaperSet};
pub use window_sums::WindowSums;
