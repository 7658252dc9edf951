//! The program on real LSL streams from and to separate processes, each test in a session of its own on the loopback.

#[path = "../common/alpha.rs"]
mod alpha;
mod bad_channels;
#[path = "../common/case.rs"]
mod case;
mod chaos;
#[path = "../common/drive.rs"]
mod drive;
mod ends;
mod faults;
mod hostile;
mod labs;
#[path = "../common/needs.rs"]
mod needs;
#[path = "../common/peer.rs"]
mod peer;
mod play;
mod raw;
#[path = "../common/recording.rs"]
mod recording;
mod returns;
mod run;
mod simulate;
#[cfg(all(feature = "sound", target_os = "linux"))]
mod sound_devices;
mod stimulus;
#[path = "../common/wav.rs"]
mod wav;
