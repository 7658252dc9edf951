//! The hot paths allocate nothing.

#[path = "../common/counting.rs"]
mod counting;
#[path = "../common/drive.rs"]
mod drive;
mod periodic;
mod session;
#[path = "../common/synthetic.rs"]
mod synthetic;
