//! A sender one of whose channels sends no numbers: the others are analysed as if it were not there.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use crate::peer::{Room, lines};

#[test]
fn a_channel_that_sends_no_numbers_is_named_within_6_s_and_three_others_are_right() {
    let Some(room) = Room::new("bad-channels") else {
        return;
    };
    let _sender = room.peer("bad_channels.py", &["60"]);
    let stream = ["run", "--stream", "source_id=bad-channels"];
    let output = room.efrscope(&[&stream[..], &["--duration", "24"]].concat());
    let (lines, errors) = (lines(&output), String::from_utf8_lossy(&output.stderr));
    let aside = |line: &serde_json::Value| line["set_aside"][0]["reason"] == "no numbers";
    let named = lines.iter().find(|line| aside(line)).unwrap();
    let named_secs = named["received"].as_f64().unwrap() / 512.0;
    assert!(named_secs < 6.0, "{named_secs}");
    assert_eq!(named["set_aside"][0]["channel"], "delta");
    let words = "channel \"delta\" is set aside: it sends no numbers";
    assert_eq!(named["warnings"][0], words);
    assert!(errors.contains(words), "{errors}");
    let last = lines.last().unwrap();
    assert_eq!(
        (&last["lost"], &last["rejected"]),
        (&0.into(), &0.into()),
        "{errors}"
    );
    for channel in ["raw", "AF7", "AF8"] {
        let uv2 = last["band_power_uv2"][channel]["alpha"].as_f64().unwrap();
        assert!((uv2 / 100.0 - 1.0).abs() < 0.03, "{channel}: {uv2}");
    }
    assert!(last["band_power_uv2"]["delta"]["alpha"].is_null());
    assert_eq!(last["no_number"]["delta"], last["received"]);
    assert!(last["no_number"]["AF8"].as_u64().unwrap() >= 512);
    assert_eq!(last["no_number"]["raw"], 0);
    let n_eff = |channel: &str| last["channel_n_eff"][channel].as_f64().unwrap();
    assert!(n_eff("AF8") < n_eff("raw") && n_eff("AF8") > 0.0);
}
