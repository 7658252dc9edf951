//! The hot paths allocate nothing.

#[path = "../common/counting.rs"]
mod counting;
mod periodic;
mod session;
#[path = "../common/synthetic.rs"]
mod synthetic;
