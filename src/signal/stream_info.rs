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
    /// Rate the sender promises; 0 for irregular streams.
    pub sample_rate_hz: f64,
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
}

#[cfg(test)]
mod tests {
    use super::*;

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
