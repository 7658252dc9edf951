//! What the streams of a player say about themselves.

use lsl::{StreamInfo, XMLElement};

use crate::publish::PublishError;
use crate::publish::outlet::play::stream;
use crate::publish::player::{Output, PlayPlan};
use crate::stimulus::EnvelopeExtractor;

/// The sound.
pub(super) fn audio(plan: &PlayPlan, output: &dyn Output) -> Result<StreamInfo, PublishError> {
    let (n_channels, rate_hz) = (plan.program.n_channels(), plan.program.rate_hz());
    let mut info = stream(plan, "audio", "Audio", n_channels, rate_hz)?;
    let mut desc = begin(&mut info, plan, output);
    let mut channels = desc.append_child("channels");
    for number in 1..=n_channels {
        append_channel(
            &mut channels,
            &format!("audio{number}"),
            "full scale",
            "Audio",
        );
    }
    Ok(info)
}

/// The envelope, and what it is.
pub(super) fn envelope(
    plan: &PlayPlan,
    extractor: &EnvelopeExtractor,
    output: &dyn Output,
) -> Result<StreamInfo, PublishError> {
    let rate_hz = extractor.envelope_rate_hz();
    let mut info = stream(plan, "envelope", "StimulusEnvelope", 1, rate_hz)?;
    let mut desc = begin(&mut info, plan, output);
    let mut channels = desc.append_child("channels");
    append_channel(&mut channels, "envelope", "1", "Stimulus");
    let delay_ms = 1e3 * extractor.delay_samples() / plan.program.rate_hz();
    let mut element = desc.append_child("envelope");
    element.append_child_value("recipe", extractor.recipe().name());
    element.append_child_value("audio_rate_hz", &plan.program.rate_hz().to_string());
    element.append_child_value("delay_taken_out_ms", &format!("{delay_ms:.3}"));
    Ok(info)
}

/// The events.
pub(super) fn markers(plan: &PlayPlan, output: &dyn Output) -> Result<StreamInfo, PublishError> {
    let mut info = stream(plan, "markers", "Markers", 1, lsl::IRREGULAR_RATE)?;
    let mut desc = begin(&mut info, plan, output);
    let mut channels = desc.append_child("channels");
    append_channel(&mut channels, "event", "", "Marker");
    Ok(info)
}

/// Who plays what on which device, and what the stamps mean.
fn begin(info: &mut StreamInfo, plan: &PlayPlan, output: &dyn Output) -> XMLElement {
    let mut desc = info.desc();
    desc.append_child_value("manufacturer", "efrscope");
    let mut playback = desc.append_child("playback");
    playback.append_child_value("device", &plain(output.name()));
    playback.append_child_value("rate_hz", &plan.program.rate_hz().to_string());
    playback.append_child_value("latency", &plain(&output.latency_in_words()));
    playback.append_child_value(
        "stamps",
        "the time at which the sample reaches the output, local LSL clock",
    );
    for (name, value) in &plan.told {
        playback.append_child_value(name, &plain(value));
    }
    let mut files = playback.append_child("files");
    for stimulus in plan.program.stimuli() {
        let mut file = files.append_child("file");
        file.append_child_value("name", &plain(&stimulus.name));
        file.append_child_value("rate_hz", &stimulus.file_rate_hz.to_string());
        let secs = stimulus.n_samples() as f64 / plan.program.rate_hz();
        file.append_child_value("duration_secs", &secs.to_string());
    }
    desc
}

fn append_channel(channels: &mut XMLElement, label: &str, unit: &str, kind: &str) {
    let mut channel = channels.append_child("channel");
    channel.append_child_value("label", label);
    if !unit.is_empty() {
        channel.append_child_value("unit", unit);
    }
    channel.append_child_value("type", kind);
}

/// Control characters are no XML, and zeros no text of C.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}
