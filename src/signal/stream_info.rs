//! What a stream says about itself.

use std::sync::Arc;

/// How a stream codes its values on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ValueFormat {
    /// 32-bit float.
    Float32,
    /// 64-bit float.
    Float64,
    /// 8-bit integer.
    Int8,
    /// 16-bit integer.
    Int16,
    /// 32-bit integer.
    Int32,
    /// 64-bit integer.
    Int64,
    /// Text: markers.
    Text,
    /// What this program does not know.
    #[default]
    Unknown,
}

impl ValueFormat {
    /// LSL's name of the format.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Float32 => "float32",
            Self::Float64 => "double64",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Text => "string",
            Self::Unknown => "undefined",
        }
    }

    /// Whether values are numbers.
    #[must_use]
    pub fn is_numeric(self) -> bool {
        !matches!(self, Self::Text | Self::Unknown)
    }
}

/// What a channel measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelKind {
    /// Brain potential: analysed by default.
    Eeg,
    /// Anything else: eye, muscle, heart, motion, triggers. Analysed only when asked for by name.
    Other,
}

/// One channel of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    /// Its label, e.g. `Cz`; `Ch 1` and on where the stream names none.
    pub label: String,
    /// The unit as the stream wrote it; empty where it wrote none.
    pub unit: String,
    /// Microvolts per unit; `None` where the unit is unknown or no voltage.
    pub uv_per_unit: Option<f64>,
    /// What it measures.
    pub kind: ChannelKind,
}

/// A stream's own description. The default is that of no stream at all.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StreamInfo {
    /// Name, e.g. `BrainAmp`.
    pub name: String,
    /// LSL content type, e.g. `EEG`.
    pub stype: String,
    /// Identifies the device across restarts; may be empty.
    pub source_id: String,
    /// Identifies this very outlet; new after each restart.
    pub uid: String,
    /// Computer the stream comes from.
    pub hostname: String,
    /// When the outlet was made, seconds on the sender's clock: of two outlets on one computer it tells the older.
    pub created_at_secs: f64,
    /// Rate the sender promises, or the one that its stamps show where that is far from it; 0 for irregular streams.
    pub sample_rate_hz: f64,
    /// The rate that it promises, where `sample_rate_hz` is the measured one.
    pub nominal_rate_hz: Option<f64>,
    /// How values are coded.
    pub format: ValueFormat,
    /// Number of channels as advertised; known before `channels` is.
    pub n_channels: usize,
    /// The channels; empty until the full description was read.
    pub channels: Vec<Channel>,
    /// The whole description as the stream sent it, from `<info>` to `</info>`: a recording keeps it. It need not be well-formed XML: control
    /// characters come as `&#1;`. Empty until the full description was read.
    pub description_xml: Arc<str>,
}

impl StreamInfo {
    /// Whether it can be analysed as EEG: numbers, at a steady rate.
    #[must_use]
    pub fn is_regular_numeric(&self) -> bool {
        self.format.is_numeric() && self.sample_rate_hz > 0.0
    }

    /// The rate that the stream announces, which need not be the one it is analysed at.
    #[must_use]
    pub fn announced_rate_hz(&self) -> f64 {
        self.nominal_rate_hz.unwrap_or(self.sample_rate_hz)
    }

    /// The same stream, analysed at the rate that its stamps show.
    #[must_use]
    pub fn at_measured_rate(&self, rate_hz: f64) -> Self {
        let nominal_hz = self.announced_rate_hz();
        let is_other = (rate_hz / nominal_hz - 1.0).abs() > 1e-9;
        Self {
            sample_rate_hz: rate_hz,
            nominal_rate_hz: is_other.then_some(nominal_hz),
            ..self.clone()
        }
    }

    /// Whether both are of one device: what stays the same when its outlet is made anew.
    #[must_use]
    pub fn is_same_device(&self, other: &Self) -> bool {
        self.source_id == other.source_id
            && self.name == other.name
            && self.stype == other.stype
            && self.hostname == other.hostname
    }

    /// What tells it from the others of `there` that call themselves the same: uid and age. `None` where there is no other.
    #[must_use]
    pub fn told_apart<'a>(&self, there: impl IntoIterator<Item = &'a Self>) -> Option<String> {
        let is_other = |other: &&Self| other.uid != self.uid && self.is_same_device(other);
        let others = there.into_iter().filter(is_other);
        let newest_secs = others.map(|other| other.created_at_secs).reduce(f64::max)?;
        let older_secs = newest_secs - self.created_at_secs;
        let age = if older_secs > 0.0 {
            format!("{older_secs:.0} s older than the newest of this name")
        } else {
            "the newest of this name".to_owned()
        };
        Some(format!("uid {}, {age}", self.uid))
    }

    /// The rate it promises as a person reads it, e.g. `500 Hz`: whatever was sent, in few digits.
    #[must_use]
    pub fn rate_text(&self) -> String {
        let rate_hz = self.sample_rate_hz;
        if rate_hz == 0.0 || (1e-3..1e7).contains(&rate_hz.abs()) {
            format!("{rate_hz} Hz")
        } else {
            format!("{rate_hz:e} Hz")
        }
    }

    /// What makes it another stream than `before`, in words: channels, rate, format, labels and units. `None` where samples of both can stand in one row.
    #[must_use]
    pub fn change_since(&self, before: &Self) -> Option<String> {
        let mut changes = Vec::new();
        if self.n_channels != before.n_channels {
            changes.push(format!(
                "{} channels, before {}",
                self.n_channels, before.n_channels
            ));
        }
        if (self.sample_rate_hz - before.sample_rate_hz).abs() > 1e-9 {
            changes.push(format!(
                "{} Hz, before {} Hz",
                self.sample_rate_hz, before.sample_rate_hz
            ));
        }
        if self.format != before.format {
            let (now, before) = (self.format.name(), before.format.name());
            changes.push(format!("the format {now}, before {before}"));
        }
        let pairs = self.channels.iter().zip(&before.channels);
        let differing = pairs.enumerate().find(|(_, (now, before))| now != before);
        // with other channels, other labels are no news
        if let Some((i, (now, before))) = differing.filter(|_| changes.is_empty()) {
            changes.push(format!(
                "channel {} is {:?} in {:?}, before {:?} in {:?}",
                i + 1,
                now.label,
                now.unit,
                before.label,
                before.unit
            ));
        }
        (!changes.is_empty()).then(|| changes.join("; "))
    }
}

#[cfg(test)]
impl StreamInfo {
    /// A stream of EEG at 250 Hz with these labels.
    pub(crate) fn of_eeg(labels: &[impl AsRef<str>], unit: &str) -> Self {
        let labels = labels.iter().map(AsRef::as_ref);
        let channel = |label: &str| Channel {
            label: label.to_owned(),
            unit: unit.to_owned(),
            uv_per_unit: Some(1.0),
            kind: ChannelKind::Eeg,
        };
        Self {
            sample_rate_hz: 250.0,
            format: ValueFormat::Float32,
            n_channels: labels.len(),
            channels: labels.map(channel).collect(),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_outlets_of_one_name_are_told_apart_by_uid_and_age() {
        let made = |uid: &str, created_at_secs: f64| StreamInfo {
            uid: uid.into(),
            created_at_secs,
            ..StreamInfo::of_eeg(&["Cz"], "uV")
        };
        let mut other = made("c", 1.0);
        other.hostname = "elsewhere".into();
        let there = [made("a", 100.0), made("b", 112.0), other];
        let told: Vec<Option<String>> = there.iter().map(|i| i.told_apart(&there)).collect();
        let words = |text: &str| Some(text.to_owned());
        assert_eq!(
            told,
            [
                words("uid a, 12 s older than the newest of this name"),
                words("uid b, the newest of this name"),
                None
            ]
        );
    }

    #[test]
    fn what_changed_is_named_with_what_was_before() {
        let before = StreamInfo::of_eeg(&["Cz", "Pz"], "uV");
        let mut same = before.clone();
        (same.uid, same.source_id) = ("another".into(), "another".into());
        assert_eq!(same.change_since(&before), None);
        let mut faster = before.clone();
        (faster.sample_rate_hz, faster.format) = (500.0, ValueFormat::Int16);
        for (now, words) in [
            (StreamInfo::of_eeg(&["Cz"], "uV"), "1 channels, before 2"),
            (
                faster,
                "500 Hz, before 250 Hz; the format int16, before float32",
            ),
            (
                StreamInfo::of_eeg(&["Cz", "Oz"], "uV"),
                "channel 2 is \"Oz\" in \"uV\", before \"Pz\" in \"uV\"",
            ),
            (
                StreamInfo::of_eeg(&["Cz", "Pz"], "V"),
                "channel 1 is \"Cz\" in \"V\", before \"Cz\" in \"uV\"",
            ),
        ] {
            assert_eq!(now.change_since(&before).as_deref(), Some(words));
        }
    }

    #[test]
    fn an_absurd_rate_is_told_in_few_digits_and_a_usual_one_as_people_write_it() {
        for (sample_rate_hz, text) in [
            (500.0, "500 Hz"),
            (44_100.0, "44100 Hz"),
            (62.5, "62.5 Hz"),
            (0.0, "0 Hz"),
            (1e300, "1e300 Hz"),
            (-1e-320, "-1e-320 Hz"),
            (f64::NAN, "NaN Hz"),
        ] {
            let info = StreamInfo {
                sample_rate_hz,
                ..StreamInfo::default()
            };
            assert_eq!(info.rate_text(), text);
        }
    }
}
