//! The commands a person types.

mod envelope;
mod error;
mod monitor;
mod output;
mod play;
mod run;
mod simulate;
mod streams;
mod synth;
mod terminal;
mod until;

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use serde::Serialize;

use crate::config::{Config, machine_memory_bytes};
use crate::metrics::AnalysisSettings;
use crate::session::{SessionRequest, Stop, panics};
use crate::signal::{StreamChoice, microvolts_per_unit};
use crate::source::{Backend, SourceError};
use crate::stimulus::Recipe;
pub use error::CliError;
use output::{print, tell};

/// A real-time oscilloscope for the brain's envelope following response, over Lab Streaming Layer.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    estimate: Reading,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Watch a stream in the dashboard (the default)
    Monitor(Reading),
    /// Watch simulated streams: needs no amplifier
    Demo(Timing),
    /// Send simulated EEG, stimulus and markers over LSL
    Simulate(Simulating),
    /// List the LSL streams in reach
    Streams(Listing),
    /// Analyse a stream without a window: one JSON object per hop and line
    Run(Running),
    /// Write ready-made stimuli with known envelopes as WAV files
    Synth(synth::Synthesis),
    /// Print a sound file's envelope as CSV: seconds in the file, envelope
    Envelope(envelope::Enveloping),
    /// Play sound files; send what is heard, and when, over LSL
    Play(play::Playing),
}

#[derive(Debug, Args)]
struct Reading {
    #[command(flatten)]
    timing: Timing,
    /// The stream to read: NAME, `type=TYPE`, `source_id=ID` or `uid=UID`
    #[arg(long, value_name = "STREAM")]
    stream: Option<String>,
    /// The channels to analyse, e.g. Fp1,Fp2, or '"EEG, left",Fp2' where a label holds a comma; without it, those of the configuration
    #[arg(long, value_name = "LABELS", value_parser = labels)]
    channels: Option<Labels>,
    /// The unit of all channels, whatever the stream says, e.g. nV or "0.1 uV"
    #[arg(long, value_name = "UNIT", value_parser = voltage_unit)]
    unit: Option<String>,
}

/// Labels of channels.
#[derive(Debug, Clone, PartialEq)]
struct Labels(Vec<String>);

#[derive(Debug, Args)]
struct Running {
    #[command(flatten)]
    reading: Reading,
    /// Print the JSON schema of the lines and end
    #[arg(long)]
    schema: bool,
}

#[derive(Debug, Args)]
struct Timing {
    /// Settings to use instead of the defaults
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Stop after so many seconds
    #[arg(long, value_name = "SECS", value_parser = seconds)]
    duration: Option<f64>,
}

#[derive(Debug, Args)]
struct Simulating {
    #[command(flatten)]
    timing: Timing,
    /// Send EEG that responds to this audio or envelope stream: NAME, `type=TYPE`, `source_id=ID` or `uid=UID`
    #[arg(long, value_name = "STREAM", value_parser = stream_to_hear)]
    hear: Option<StreamChoice>,
}

#[derive(Debug, Args)]
struct Listing {
    /// Settings to use instead of the defaults
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// As a JSON array
    #[arg(long)]
    json: bool,
    /// How long to listen
    #[arg(long, value_name = "SECS", default_value = "2", value_parser = seconds)]
    wait: f64,
}

/// Reads the command line and carries it out. What goes wrong is said once, on standard error.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(asked) => return explain(&asked),
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("EFRSCOPE_LOG")
        .unwrap_or_else(|_unset| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        // they would go to a standard error that takes nothing, and panic
        .log_internal_errors(false)
        .init();
    let outcome = carry_out(cli);
    // what else went wrong is its consequence
    let panicked = panics().into_iter().next();
    match panicked.map_or(outcome, |panic| Err(panic.into())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &CliError) -> ExitCode {
    tell(format_args!("efrscope: {error}"));
    ExitCode::from(error.exit_code())
}

/// Help, version, or what is wrong with the command line.
fn explain(asked: &clap::Error) -> ExitCode {
    if asked.use_stderr() || io::stdout().is_terminal() {
        // in colour; a terminal that has gone is told nothing
        let _nobody = asked.print();
        return ExitCode::from(if asked.use_stderr() { 2 } else { 0 });
    }
    match print(|out| write!(out, "{}", asked.render())) {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn carry_out(cli: Cli) -> Result<(), CliError> {
    match cli.command {
        None => monitor::monitor(&cli.estimate.config()?, cli.estimate.timing.duration),
        Some(Command::Monitor(estimate)) => {
            monitor::monitor(&estimate.config()?, estimate.timing.duration)
        }
        Some(Command::Demo(timing)) => monitor::demo(timing.config()?, timing.duration),
        Some(Command::Simulate(Simulating { timing, hear })) => {
            simulate::simulate(&timing.config()?, hear.as_ref(), timing.duration)
        }
        Some(Command::Streams(listing)) => {
            let config = read_config(listing.config.as_deref())?;
            streams::streams(&config, listing.wait, listing.json)
        }
        Some(Command::Synth(asked)) => synth::write_sounds(&asked),
        Some(Command::Envelope(asked)) => envelope::envelope(&asked),
        Some(Command::Play(playing)) => play::play(&playing),
        Some(Command::Run(Running { schema: true, .. })) => run::print_schema(),
        Some(Command::Run(Running { reading, .. })) => {
            run::run(&reading.config()?, reading.timing.duration)
        }
    }
}

impl Reading {
    fn config(&self) -> Result<Config, CliError> {
        let mut config = self.timing.config()?;
        if let Some(stream) = &self.stream {
            config.stream.select = StreamChoice::parse(stream);
        }
        if let Some(Labels(labels)) = &self.channels {
            config.analysis.channels.clone_from(labels);
        }
        if self.unit.is_some() {
            config.analysis.unit.clone_from(&self.unit);
        }
        Ok(config)
    }
}

impl Timing {
    fn config(&self) -> Result<Config, CliError> {
        read_config(self.config.as_deref())
    }
}

impl Config {
    /// What a session shall do.
    fn requests(&self) -> SessionRequest {
        SessionRequest {
            choice: self.stream.select.clone(),
            counter: Some(self.stream.counter.clone()).filter(|label| !label.is_empty()),
            analysis: AnalysisSettings {
                trace_notch: self.view.notch,
                limits: self.limits(machine_memory_bytes()),
                ..self.analysis.clone()
            },
            stimulus: self.stimulus.clone(),
            trials: self.markers.clone(),
        }
    }
}

fn read_config(path: Option<&std::path::Path>) -> Result<Config, CliError> {
    Ok(path.map_or_else(|| Ok(Config::default()), Config::read)?)
}

/// Print `value` for people and programs.
fn print_json(value: &impl Serialize) -> Result<(), CliError> {
    print(|out| {
        serde_json::to_writer_pretty(&mut *out, value)?;
        writeln!(out)
    })?;
    Ok(())
}

/// Labels between commas; one in double quotes may hold a comma.
fn labels(text: &str) -> Result<Labels, String> {
    let (mut labels, mut label, mut is_quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => labels.push(std::mem::take(&mut label)),
            c => label.push(c),
        }
    }
    labels.push(label);
    let labels: Vec<String> = labels.iter().map(|label| label.trim().to_owned()).collect();
    if is_quoted || labels.iter().any(String::is_empty) {
        return Err("labels between commas are wanted, e.g. Fp1,Fp2".to_owned());
    }
    Ok(Labels(labels))
}

fn voltage_unit(text: &str) -> Result<String, String> {
    let allowed = "allowed is V, mV, uV, nV, or a number times one of them, e.g. \"0.1 uV\"";
    let is_read = microvolts_per_unit(text).is_some();
    is_read
        .then(|| text.to_owned())
        .ok_or_else(|| allowed.to_owned())
}

fn stream_to_hear(text: &str) -> Result<StreamChoice, String> {
    match StreamChoice::parse(text) {
        StreamChoice::Any => Err("the stream must be named".to_owned()),
        choice => Ok(choice),
    }
}

/// A recipe that makes an envelope of sound.
fn recipe_of_sound(text: &str) -> Result<Recipe, String> {
    let names: Vec<&str> = Recipe::ALL
        .into_iter()
        .filter(|&recipe| recipe != Recipe::AsIs)
        .map(Recipe::name)
        .collect();
    let allowed = || format!("allowed are {}", names.join(", "));
    let recipe = Recipe::from_name(text).ok_or_else(allowed)?;
    // sound as it is is no envelope
    if names.contains(&text) {
        Ok(recipe)
    } else {
        Err(allowed())
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    let secs: f64 = text
        .parse()
        .map_err(|_no_number| "a number of seconds is wanted, e.g. 60".to_owned())?;
    if secs > 0.0 && secs <= 1e7 {
        Ok(secs)
    } else {
        Err("allowed are seconds above 0".to_owned())
    }
}

/// Streams over LSL, looked for until `give_up`.
#[cfg(feature = "lsl")]
fn backend(config: &Config, give_up: &Stop) -> Result<Backend, SourceError> {
    crate::source::lsl::backend(&config.lsl, give_up)
}

/// Without LSL there are none.
#[cfg(not(feature = "lsl"))]
fn backend(_config: &Config, _give_up: &Stop) -> Result<Backend, SourceError> {
    Err(SourceError::NoLibrary {
        reason: "this efrscope was built without LSL: build it with --features lsl".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stand_between_commas_and_may_hold_blanks_and_in_quotes_commas() {
        let read = |text| labels(text).map(|Labels(labels)| labels.join("|"));
        assert_eq!(read("Fp1, Fp2"), Ok("Fp1|Fp2".to_owned()));
        assert_eq!(
            read("EEG 1,\"EEG, left\""),
            Ok("EEG 1|EEG, left".to_owned())
        );
        for wrong in ["", "Fp1,", ",", "\"Fp1"] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
