//! Reads a stream's advertisement, and refuses those that are not safe to open.
//!
//! Advertisements come from unauthenticated datagrams. liblsl computes buffer sizes from them in 32 bits and allocates at once, so absurd
//! numbers crash it; they are refused here, before it sees them.

use std::sync::Arc;

use crate::signal::{StreamInfo, ValueFormat, printable_char};
use crate::source::lsl::library;

const MAX_CHANNELS: usize = 16_384;
const MAX_TEXT_CHANNELS: usize = 1_024;
const MAX_RATE_HZ: f64 = 1e6;
/// What liblsl reserves for an inlet may take this much.
const MAX_RESERVED_BYTES: f64 = (1_u64 << 30) as f64;
const MAX_NAME_BYTES: usize = 256;

/// What the advertisement says, in characters that can be shown; channels are not known yet.
pub(super) fn read(advert: &lsl::StreamInfo) -> StreamInfo {
    StreamInfo {
        name: named(&advert.stream_name()),
        stype: named(advert.stream_type().trim()),
        source_id: named(&advert.source_id()),
        uid: named(&advert.uid()),
        hostname: named(&advert.hostname()),
        created_at_secs: advert.created_at(),
        sample_rate_hz: advert.nominal_srate(),
        nominal_rate_hz: None,
        format: format(advert.channel_format()),
        n_channels: usize::try_from(advert.channel_count()).unwrap_or(0),
        channels: Vec::new(),
        description_xml: Arc::default(),
    }
}

/// A name as it can be shown. One that is too long is cut where that is sure: it may be as long as a datagram, and it is listed and drawn.
fn named(text: &str) -> String {
    let shown = text.chars().map(printable_char);
    shown.take(MAX_NAME_BYTES + 1).collect()
}

/// Why the stream must not be opened: which limit, what was found, what is allowed.
pub(super) fn refusal(info: &StreamInfo) -> Option<String> {
    let n = info.n_channels;
    let max_channels = if info.format == ValueFormat::Text {
        MAX_TEXT_CHANNELS
    } else {
        MAX_CHANNELS
    };
    if n == 0 || n > max_channels {
        return Some(format!("{n} channels; allowed are 1 to {max_channels}"));
    }
    let rate_hz = info.sample_rate_hz;
    if !(0.0..=MAX_RATE_HZ).contains(&rate_hz) {
        let rate = info.rate_text();
        return Some(format!("{rate}; allowed are 0 to {MAX_RATE_HZ} Hz"));
    }
    let reserved_bytes = reserved_bytes(info, library::reserved_secs());
    if reserved_bytes > MAX_RESERVED_BYTES {
        return Some(format!(
            "{n} channels at {rate_hz} Hz need {:.1} GiB of buffers; allowed is 1 GiB",
            reserved_bytes / MAX_RESERVED_BYTES
        ));
    }
    let longest = info
        .name
        .len()
        .max(info.stype.len())
        .max(info.source_id.len());
    (longest > MAX_NAME_BYTES).then(|| {
        format!("a name of more than {MAX_NAME_BYTES} bytes; allowed are {MAX_NAME_BYTES}")
    })
}

/// What liblsl reserves, and touches, for an inlet: so many seconds, at least one sample.
fn reserved_bytes(info: &StreamInfo, reserved_secs: f64) -> f64 {
    let value_bytes = match info.format {
        ValueFormat::Int8 => 1.0,
        ValueFormat::Int16 => 2.0,
        ValueFormat::Float32 | ValueFormat::Int32 => 4.0,
        ValueFormat::Float64 | ValueFormat::Int64 | ValueFormat::Unknown => 8.0,
        // an empty C++ string
        ValueFormat::Text => 32.0,
    };
    let samples = (reserved_secs * info.sample_rate_hz).max(1.0);
    info.n_channels as f64 * value_bytes * samples
}

/// What the full description says otherwise than the advertisement, by which the stream was admitted and liblsl has made the inlet.
pub(super) fn contradiction(advertised: &StreamInfo, described: &StreamInfo) -> Option<String> {
    let differing = if advertised.n_channels != described.n_channels {
        let channels = |info: &StreamInfo| format!("{} channels", info.n_channels);
        (channels(advertised), channels(described))
    } else if advertised.format != described.format {
        let format = |info: &StreamInfo| format!("the format {}", info.format.name());
        (format(advertised), format(described))
    // to the bit: next to nothing and 0 Hz differ by as little as one likes
    } else if advertised.sample_rate_hz.to_bits() != described.sample_rate_hz.to_bits() {
        (advertised.rate_text(), described.rate_text())
    } else {
        return None;
    };
    Some(format!(
        "it advertises {}, its description says {}; allowed is that they agree",
        differing.0, differing.1
    ))
}

fn format(format: lsl::ChannelFormat) -> ValueFormat {
    match format {
        lsl::ChannelFormat::Float32 => ValueFormat::Float32,
        lsl::ChannelFormat::Double64 => ValueFormat::Float64,
        lsl::ChannelFormat::String => ValueFormat::Text,
        lsl::ChannelFormat::Int32 => ValueFormat::Int32,
        lsl::ChannelFormat::Int16 => ValueFormat::Int16,
        lsl::ChannelFormat::Int8 => ValueFormat::Int8,
        lsl::ChannelFormat::Int64 => ValueFormat::Int64,
        lsl::ChannelFormat::Undefined => ValueFormat::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(n_channels: usize, sample_rate_hz: f64) -> StreamInfo {
        StreamInfo {
            name: "Amp".into(),
            stype: "EEG".into(),
            source_id: String::new(),
            uid: String::new(),
            hostname: String::new(),
            sample_rate_hz,
            format: ValueFormat::Float32,
            n_channels,
            channels: Vec::new(),
            ..StreamInfo::default()
        }
    }

    #[test]
    fn usual_amplifiers_pass() {
        for (n_channels, rate_hz) in [(1, 0.0), (4, 200.0), (262, 16_384.0), (1024, 30_000.0)] {
            assert_eq!(refusal(&info(n_channels, rate_hz)), None);
        }
    }

    #[test]
    fn what_liblsl_reserves_goes_with_its_configuration() {
        let wide = info(1024, 30_000.0);
        assert_eq!(reserved_bytes(&wide, 0.5), 61_440_000.0);
        assert_eq!(reserved_bytes(&wide, 5.0), 614_400_000.0);
        let text = StreamInfo {
            format: ValueFormat::Text,
            ..info(2, 0.0)
        };
        assert_eq!(reserved_bytes(&text, 5.0), 64.0);
    }

    #[test]
    fn a_description_that_contradicts_the_advertisement_is_named_with_both() {
        let advertised = info(8, 500.0);
        assert_eq!(contradiction(&advertised, &advertised), None);
        let text = StreamInfo {
            format: ValueFormat::Text,
            ..info(8, 500.0)
        };
        for (described, words) in [
            (info(16, 500.0), ["8 channels", "16 channels"]),
            (text, ["float32", "string"]),
            (info(8, 0.0), ["500 Hz", "0 Hz"]),
            (info(8, f64::NAN), ["500 Hz", "NaN Hz"]),
        ] {
            let problem = contradiction(&advertised, &described).unwrap();
            assert!(words.iter().all(|word| problem.contains(word)), "{problem}");
        }
        assert!(contradiction(&info(8, 1e-12), &info(8, 0.0)).is_some());
    }

    #[test]
    fn hostile_numbers_are_refused_with_the_limit() {
        for (n_channels, rate_hz) in [
            (0, 250.0),
            (1 << 30, 250.0),
            (8, 1e300),
            (8, f64::NAN),
            (8, -1.0),
            (16_384, 1e6),
        ] {
            let refusal = refusal(&info(n_channels, rate_hz)).unwrap();
            assert!(refusal.contains("allowed"), "{refusal}");
        }
        let mut long = info(1, 1.0);
        long.name = named(&"x".repeat(1_000_000));
        assert_eq!(long.name.len(), MAX_NAME_BYTES + 1);
        assert!(refusal(&long).is_some());
        long.name = named(&"x".repeat(MAX_NAME_BYTES));
        assert_eq!(refusal(&long), None);
    }
}
