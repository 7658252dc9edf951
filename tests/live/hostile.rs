//! Senders that say one thing when they are looked for and another, or far too much, when they are opened.

use crate::peer::Room;

#[test]
fn a_description_that_lies_or_has_no_end_is_refused_by_name() {
    let Some(room) = Room::new("hostile") else {
        return;
    };
    for (property, words) in [
        ("nominal_srate", ["500 Hz", "0 Hz"]),
        ("channel_count", ["8 channels", "16 channels"]),
        ("channel_format", ["float32", "string"]),
        // liblsl would need gigabytes to write it out
        ("desc", ["64 deep", "allowed"]),
    ] {
        let _sender = room.peer("hostile.py", &[property, "20"]);
        let output = room.efrscope(&["run", "--stream", "source_id=hostile", "--duration", "1"]);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{errors}");
        let is_named = errors.contains("was refused") && words.iter().all(|w| errors.contains(w));
        assert!(is_named, "{property}: {errors}");
        // neither quoted nor raw: what steers a terminal does not get this far
        let is_tame = !errors.contains(['\u{1b}', '\u{202e}']) && !errors.contains("\\u{");
        assert!(is_tame, "{errors:?}");
    }
}
