//! What the simulated streams say about themselves: channels by LSL's conventions, and the truth, so that a reader can compare.

use lsl::{StreamInfo, XMLElement};

use crate::source::{
    Carrier, LinkSettings, MARKER_STEP_SECS, SimSettings, StimulusKind, TrueChannel, TrueResponse,
    Truth,
};

/// Channels with label, unit, type and position, and all that was planted, or that a real sound is heard.
pub(super) fn describe_eeg(info: &mut StreamInfo, truth: &Truth, hears: bool) {
    let mut desc = begin(info);
    desc.append_child("reference")
        .append_child_value("label", "none (simulated)");
    let mut channels = desc.append_child("channels");
    for channel in &truth.channels {
        append_channel(&mut channels, channel);
    }
    let mut element = desc.append_child("truth");
    append_truth(&mut element, truth);
    if hears {
        let mut hearing = element.append_child("hearing");
        append_number(
            &mut hearing,
            "amplitude_nv",
            truth.settings.hearing.amplitude_nv,
        );
        append_number(&mut hearing, "delay_ms", truth.settings.hearing.delay_ms);
    } else {
        element.append_child_value("stimulus_source_id", &truth.settings.stimulus_source_id());
        append_envelope(&mut element, truth);
        for response in &truth.responses {
            append_response(&mut element.append_child("response"), response);
        }
    }
}

/// The one channel, and what the stimulus is made of.
pub(super) fn describe_stimulus(info: &mut StreamInfo, truth: &Truth) {
    let mut desc = begin(info);
    let mut channel = desc.append_child("channels").append_child("channel");
    let settings = &truth.settings;
    let is_audio = settings.stimulus == StimulusKind::Audio;
    channel.append_child_value("label", settings.stimulus.word());
    channel.append_child_value("unit", "1");
    channel.append_child_value("type", if is_audio { "Audio" } else { "Stimulus" });
    let mut element = desc.append_child("truth");
    element.append_child_value("seed", &settings.seed.to_string());
    append_envelope(&mut element, truth);
    if is_audio {
        element.append_child_value("carrier", settings.carrier.word());
        if settings.carrier == Carrier::Tone {
            append_number(&mut element, "carrier_hz", settings.carrier_hz);
        }
        append_number(&mut element, "audio_per_envelope", truth.audio_per_envelope);
    }
    let rate_hz = settings.nominal_stimulus_rate_hz();
    append_link(&mut element, &settings.stimulus_link, rate_hz);
}

/// What the markers are.
pub(super) fn describe_markers(info: &mut StreamInfo, settings: &SimSettings) {
    let mut desc = begin(info);
    let mut channel = desc.append_child("channels").append_child("channel");
    channel.append_child_value("label", "marker");
    channel.append_child_value("type", "Marker");
    let mut element = desc.append_child("truth");
    element.append_child_value("seed", &settings.seed.to_string());
    append_number(&mut element, "step_secs", MARKER_STEP_SECS);
}

/// The description, begun with who made the stream.
fn begin(info: &mut StreamInfo) -> XMLElement {
    let mut desc = info.desc();
    desc.append_child_value("manufacturer", "efrscope");
    let mut acquisition = desc.append_child("acquisition");
    acquisition.append_child_value("manufacturer", "efrscope");
    acquisition.append_child_value("model", "simulator");
    desc
}

fn append_channel(channels: &mut XMLElement, channel: &TrueChannel) {
    let mut element = channels.append_child("channel");
    element.append_child_value("label", &channel.label);
    element.append_child_value("unit", "microvolts");
    element.append_child_value("type", "EEG");
    if let Some([x, y, z]) = channel.location_mm {
        let mut location = element.append_child("location");
        for (axis, mm) in [("X", x), ("Y", y), ("Z", z)] {
            location.append_child_value(axis, &format!("{mm:.1}"));
        }
    }
}

fn append_truth(element: &mut XMLElement, truth: &Truth) {
    let settings = &truth.settings;
    element.append_child_value("seed", &settings.seed.to_string());
    for (name, value) in [
        ("noise_uv", settings.noise_uv),
        ("noise_exponent", settings.noise_exponent),
        ("shared_noise", truth.shared_noise),
        ("alpha_uv", settings.alpha_uv),
        ("alpha_hz", truth.alpha_hz),
        ("mains_hz", settings.mains_hz),
        ("mains_uv", settings.mains_uv),
        ("blink_uv", settings.blink_uv),
        ("blinks_per_min", settings.blinks_per_min),
        ("muscle_uv", settings.muscle_uv),
        ("muscle_bursts_per_min", settings.muscle_bursts_per_min),
    ] {
        append_number(element, name, value);
    }
    append_link(element, &settings.eeg_link, settings.sample_rate_hz);
    for channel in &truth.channels {
        append_gains(&mut element.append_child("channel"), channel);
    }
}

fn append_envelope(element: &mut XMLElement, truth: &Truth) {
    append_number(element, "envelope_mean", truth.envelope_mean);
    append_number(element, "envelope_band_rms", truth.envelope_band_rms);
}

/// What happens to the samples on their way.
fn append_link(element: &mut XMLElement, link: &LinkSettings, nominal_rate_hz: f64) {
    let mut element = element.append_child("link");
    for (name, value) in link.named() {
        append_number(&mut element, name, value);
    }
    let true_rate_hz = link.true_rate_hz(nominal_rate_hz);
    append_number(&mut element, "true_rate_hz", true_rate_hz);
}

fn append_response(element: &mut XMLElement, response: &TrueResponse) {
    for (name, value) in [
        ("lo_hz", response.band.lo_hz),
        ("hi_hz", response.band.hi_hz),
        ("amplitude_nv", response.band.amplitude_nv),
        ("delay_ms", response.band.delay_ms),
        ("gain_uv", response.gain_uv),
    ] {
        append_number(element, name, value);
    }
}

fn append_gains(element: &mut XMLElement, channel: &TrueChannel) {
    element.append_child_value("label", &channel.label);
    for (name, value) in [
        ("response_gain", channel.response_gain),
        ("alpha_gain", channel.alpha_gain),
        ("blink_gain", channel.blink_gain),
        ("mains_gain", channel.mains_gain),
        ("muscle_t7_gain", channel.muscle_gains[0]),
        ("muscle_f8_gain", channel.muscle_gains[1]),
    ] {
        append_number(element, name, value);
    }
}

/// Enough digits to read the very same number back.
fn append_number(element: &mut XMLElement, name: &str, value: f64) {
    element.append_child_value(name, &value.to_string());
}
