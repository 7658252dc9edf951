//! Pure arithmetic on slices: no threads, no clocks, no I/O, no configuration.

mod coherence;
mod exact_sum;
pub mod filter_design;
pub mod filtfilt;
pub mod fir;
mod freq_axis;
pub mod group_delay;
pub mod hilbert;
mod overlap;
pub mod paper;
pub mod paper_live;
pub mod peaks;
mod segment;
mod segment_fft;
mod sliding;
pub mod sos;
pub mod stft;
pub mod stimulus_response;
pub mod surrogate;
mod taper;
pub mod transfer;

pub use coherence::{BandNull, band_msc, msc, msc_critical};
pub use exact_sum::ExactSum;
pub use freq_axis::FreqAxis;
pub use overlap::{effective_count, overlap_correlation};
pub use segment::{PlanError, SegmentPlan, Segmenter, Step};
pub use segment_fft::SegmentFft;
pub use sliding::SlidingSpectra;
pub use taper::{Taper, TaperKind};
