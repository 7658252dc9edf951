//! `efrscope streams`: what is on the network.

use serde::Serialize;

use crate::cli::{CliError, backend, print, print_json};
use crate::config::Config;
use crate::session::Stop;
use crate::signal::{StreamInfo, printable_char};

/// So much of a name is shown in the table; `--json` has all of it.
const MAX_SHOWN: usize = 64;

/// List the streams that answer within `wait_secs`.
pub(super) fn streams(config: &Config, wait_secs: f64, as_json: bool) -> Result<(), CliError> {
    let backend = backend(config, &Stop::default())?;
    let found = (backend.look_around)(wait_secs)?;
    if as_json {
        print_list(&found)?;
    } else if !found.is_empty() {
        print(|out| out.write_all(table(&found).as_bytes()))?;
    }
    if found.is_empty() {
        return Err(CliError::NoStream {
            tried: tried(config),
        });
    }
    Ok(())
}

#[cfg(feature = "lsl")]
fn tried(config: &Config) -> String {
    use crate::source::lsl;
    match lsl::prepare(&config.lsl) {
        Ok(library) => lsl::Diagnosis::make(library, &config.lsl).to_string(),
        Err(error) => error.to_string(),
    }
}

#[cfg(not(feature = "lsl"))]
fn tried(_config: &Config) -> String {
    String::new()
}

/// A stream as JSON.
#[derive(Serialize)]
struct Listed<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    stype: &'a str,
    n_channels: usize,
    format: &'a str,
    sample_rate_hz: f64,
    hostname: &'a str,
    source_id: &'a str,
    uid: &'a str,
    created_at_secs: f64,
}

fn print_list(found: &[StreamInfo]) -> Result<(), CliError> {
    let listed = found.iter().map(|info| Listed {
        name: &info.name,
        stype: &info.stype,
        n_channels: info.n_channels,
        format: info.format.name(),
        sample_rate_hz: info.sample_rate_hz,
        hostname: &info.hostname,
        source_id: &info.source_id,
        uid: &info.uid,
        created_at_secs: info.created_at_secs,
    });
    print_json(&listed.collect::<Vec<_>>())
}

fn table(found: &[StreamInfo]) -> String {
    let heads = [
        "NAME",
        "TYPE",
        "CHANNELS",
        "FORMAT",
        "RATE",
        "HOST",
        "SOURCE ID",
        "TOLD APART BY",
    ];
    let mut rows: Vec<[String; 8]> = std::iter::once(heads.map(str::to_owned))
        .chain(found.iter().map(|info| row(info, found)))
        .collect();
    let last = heads.len() - 1;
    if rows.iter().skip(1).all(|row| row[last].is_empty()) {
        rows[0][last].clear();
    }
    let widths: [usize; 8] = std::array::from_fn(|column| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    });
    let line = |row: &[String; 8]| {
        let cells = row.iter().zip(widths);
        let padded: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        padded.join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

fn row(info: &StreamInfo, found: &[StreamInfo]) -> [String; 8] {
    let rate = if info.sample_rate_hz > 0.0 {
        info.rate_text()
    } else {
        "irregular".to_owned()
    };
    // names come from the network, and a long one would tear the table apart
    let safe = |text: &str| text.chars().take(MAX_SHOWN).map(printable_char).collect();
    [
        safe(&info.name),
        safe(&info.stype),
        info.n_channels.to_string(),
        info.format.name().to_owned(),
        rate,
        safe(&info.hostname),
        safe(&info.source_id),
        safe(&info.told_apart(found).unwrap_or_default()),
    ]
}
