//! Which stream it is; tests/live/returns.rs has the rest.

use super::{Case, Watching, sleep};
use crate::peer::Room;

#[test]
fn a_stream_with_another_id_is_not_taken_in_silence() {
    let mut case = Case::new("lsl-2");
    let Some(room) = Room::new("faults-other-id") else {
        return;
    };
    let first = room.peer("lab.py", &["amplifier", "60", "amp-a", "4", "250"]);
    let running = Watching::run(&room, "source_id=amp-a", 18.0);
    sleep(6.0);
    drop(first);
    let killed_secs = running.elapsed_secs();
    let _other = room.peer("lab.py", &["amplifier", "60", "amp-b", "4", "250"]);
    let seen = running.end();
    let hops = seen.hops();
    let n_after = hops
        .iter()
        .filter(|(secs, _)| *secs > killed_secs + 2.0)
        .count();
    let is_named = seen.told_secs(&["amp-b"]).is_some();
    case.saw(format!(
        "{n_after} lines of the other one, which is {}",
        if is_named { "named" } else { "not taken" }
    ));
    assert!(n_after == 0 || is_named, "{}", seen.said());
}
