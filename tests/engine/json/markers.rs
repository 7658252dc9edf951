//! Markers in the lines.

use efrscope::signal::{Marker, MarkerValue};

use super::line_after;

/// One of three channels that sent a text, a whole number and what is no number.
pub(super) fn markers() -> Vec<Marker> {
    let fields = vec![
        MarkerValue::Text("start speech.wav".to_owned()),
        MarkerValue::Integer(5),
        MarkerValue::Float(f64::NAN),
    ];
    vec![Marker {
        stream: "Unity".into(),
        text: Marker::text_of(&fields),
        fields,
        ..Marker::new(51.0, "")
    }]
}

#[test]
fn markers_and_the_counts_of_their_streams_are_in_the_line() {
    let markers = &line_after(1000)["markers"];
    let expected = serde_json::json!({
        "streams": [{"stream": "Unity", "connected": true, "received": 1, "late": 1, "lost": 0}],
        "newest": [{
            "stamp_secs": 51.0,
            "stream": "Unity",
            "text": "start speech.wav 5 NaN",
            "fields": ["start speech.wav", 5, null],
        }],
    });
    assert_eq!(*markers, expected);
}
