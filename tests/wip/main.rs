#[path = "../common/drive.rs"]
mod drive;
#[path = "../common/synthetic.rs"]
mod synthetic;
#[path = "../engine/changes.rs"]
mod changes;
#[path = "../engine/determinism.rs"]
mod determinism;
#[path = "../engine/front_end.rs"]
mod front_end;
