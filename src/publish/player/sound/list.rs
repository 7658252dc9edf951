//! Which sound devices there are.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{OutputCallbackInfo, SupportedStreamConfigRange};

use crate::publish::player::sound::failed;
use crate::publish::player::{DeviceInfo, PlayError};

/// How long a device is listened to for its latency.
const PROBE: Duration = Duration::from_millis(400);

/// All devices that play. Each is opened for less than half a second and given silence, as it reports its latency only then.
///
/// # Errors
/// [`PlayError::Sound`] when the system does not list them.
pub fn devices() -> Result<Vec<DeviceInfo>, PlayError> {
    let default = cpal::default_host().default_output_device();
    let devices = outputs()?.into_iter().map(|device| DeviceInfo {
        id: id_of(&device),
        name: name_of(&device),
        is_default: default.as_ref() == Some(&device),
        ranges: device.supported_output_configs().map_or_else(
            |error| error.to_string(),
            |ranges| ranges_in_words(&ranges.collect::<Vec<_>>()),
        ),
        latency: latency_of(&device),
    });
    Ok(devices.collect())
}

fn outputs() -> Result<Vec<cpal::Device>, PlayError> {
    let host = cpal::default_host();
    let devices = host
        .output_devices()
        .map_err(failed("listing the devices"))?;
    let mut devices: Vec<_> = devices.collect();
    // the default one can be missing from the list
    if let Some(default) = host.default_output_device()
        && !devices.contains(&default)
    {
        devices.insert(0, default);
    }
    Ok(devices)
}

/// The device called `wanted`, or the default one.
pub(super) fn find(wanted: Option<&str>) -> Result<cpal::Device, PlayError> {
    let no_such = |wanted: &str, devices: &[cpal::Device]| {
        let mut names: Vec<String> = devices
            .iter()
            .map(|device| format!("{:?}", id_of(device)))
            .collect();
        if names.is_empty() {
            names.push("none".to_owned());
        }
        PlayError::NoSuchDevice {
            wanted: wanted.to_owned(),
            found: names.join(", "),
        }
    };
    let Some(wanted) = wanted else {
        let default = cpal::default_host().default_output_device();
        return default.map_or_else(|| Err(no_such("default", &outputs()?)), Ok);
    };
    let devices = outputs()?;
    let is_it = |device: &&cpal::Device| id_of(device) == wanted || name_of(device) == wanted;
    if let Some(device) = devices.iter().find(is_it) {
        return Ok(device.clone());
    }
    let part = wanted.to_lowercase();
    let has_it = |device: &&cpal::Device| {
        id_of(device).to_lowercase().contains(&part)
            || name_of(device).to_lowercase().contains(&part)
    };
    let mut fitting = devices.iter().filter(has_it);
    match (fitting.next(), fitting.next()) {
        (Some(device), None) => Ok(device.clone()),
        _ => Err(no_such(wanted, &devices)),
    }
}

pub(super) fn id_of(device: &cpal::Device) -> String {
    device
        .id()
        .map_or_else(|_gone| name_of(device), |id| id.id().to_owned())
}

pub(super) fn name_of(device: &cpal::Device) -> String {
    let description = device.description();
    description.map_or_else(
        |error| format!("({error})"),
        |description| description.name().to_owned(),
    )
}

/// Channels and rates, each once.
pub(super) fn ranges_in_words(ranges: &[SupportedStreamConfigRange]) -> String {
    let mut words: Vec<(u16, String)> = ranges
        .iter()
        .map(|range| {
            let (least, most) = (range.min_sample_rate(), range.max_sample_rate());
            let rates = if least == most {
                format!("{least} Hz")
            } else {
                format!("{least}-{most} Hz")
            };
            (range.channels(), format!("{} ch {rates}", range.channels()))
        })
        .collect();
    words.sort();
    words.dedup();
    let shown: Vec<&str> = words
        .iter()
        .take(8)
        .map(|(_, text)| text.as_str())
        .collect();
    match words.len() {
        0 => "no format known here".to_owned(),
        n if n > 8 => format!(
            "{}, and up to {} channels",
            shown.join(", "),
            words[n - 1].0
        ),
        _ => shown.join(", "),
    }
}

/// What a device reports while it plays silence.
fn latency_of(device: &cpal::Device) -> String {
    let Ok(config) = device.default_output_config() else {
        return "unknown: it has no format of its own".to_owned();
    };
    let latency_us = Arc::new(AtomicU64::new(u64::MAX));
    let seen = Arc::clone(&latency_us);
    let format = config.sample_format();
    // the host has filled the buffer with silence
    let silence = move |_: &mut cpal::Data, info: &OutputCallbackInfo| {
        let times = info.timestamp();
        let latency = times.playback.saturating_duration_since(times.callback);
        seen.store(
            u64::try_from(latency.as_micros()).unwrap_or(u64::MAX),
            Ordering::Relaxed,
        );
        std::thread::sleep(Duration::from_millis(1)); // for devices that are no card
    };
    let opened =
        device.build_output_stream_raw(config.config(), format, silence, |_error| {}, None);
    let stream = match opened {
        Ok(stream) => stream,
        Err(error) => return format!("unknown: {error}"),
    };
    if let Err(error) = stream.play() {
        return format!("unknown: {error}");
    }
    std::thread::sleep(PROBE);
    match latency_us.load(Ordering::Relaxed) {
        u64::MAX => "unknown: it asks for no sample".to_owned(),
        us => format!("{:.1} ms at {} Hz", us as f64 / 1e3, config.sample_rate()),
    }
}
