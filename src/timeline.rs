//! Each stream's time: when its samples were taken, how fast they come, and which are missing.

mod arrival;
mod counter;
mod hull;
mod line;
mod offset_line;
mod place;
mod rate;
mod recent;
mod settle;
mod steps;

pub use counter::{Counted, SampleCounter};
pub use line::Line;
pub use offset_line::OffsetLine;
pub use place::{Placed, TimeLine};
