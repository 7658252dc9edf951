//! Pure arithmetic on slices: no threads, no clocks, no I/O, no configuration.

mod coherence;
mod exact_sum;
mod freq_axis;
mod holm;
pub mod looks;
mod overlap;
pub mod periodic;
mod segment;
mod segment_fft;
mod sliding;
pub mod tails;
mod taper;

pub use coherence::{BandNull, band_msc, msc, msc_critical};
pub use exact_sum::ExactSum;
pub use freq_axis::FreqAxis;
pub use holm::holm;
pub use overlap::{effective_count, overlap_correlation};
pub use segment::{PlanError, SegmentPlan, Segmenter, Step};
pub use segment_fft::SegmentFft;
pub use sliding::SlidingSpectra;
pub use taper::{Taper, TaperKind};
