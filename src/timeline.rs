//! Each stream's time: when its samples were taken, how fast they come, and which are missing.

mod arrival;
mod hull;
mod line;
mod offset_line;
mod place;
mod rate;
mod recent;
mod settle;
mod steps;

pub use line::Line;
pub use offset_line::OffsetLine;
pub use place::{Placed, TimeLine};
