//! What is heard, sample by sample.

use std::ops::Range;

use crate::publish::player::{Play, Stimulus};
use crate::signal::{PlayEvent, PlayMark};

/// How long nothing is heard, in samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Silences {
    /// Before the first file: time for readers of the streams to join.
    pub lead: u64,
    /// Between two files.
    pub pause: u64,
    /// After the last one: time for the last sample to be heard, and for the delayed envelope to end.
    pub tail: u64,
}

/// A session of plays, from its first sample to its last. Immutable: any thread may read any sample of it, without waiting or allocating.
#[derive(Debug)]
pub struct Program {
    stimuli: Vec<Stimulus>,
    rate_hz: f64,
    n_channels: usize,
    parts: Vec<Part>,
    events: Vec<(u64, PlayEvent)>,
    n_samples: u64,
}

/// A play, or the silence between two.
#[derive(Debug)]
struct Part {
    begin: u64,
    end: u64,
    play: Option<(Play, PlayMark)>,
}

/// What is heard at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct NowPlaying {
    /// The play; nothing in a silence.
    pub mark: Option<PlayMark>,
    /// Time since the part began.
    pub elapsed_secs: f64,
    /// How long the part is.
    pub duration_secs: f64,
}

impl Program {
    /// Lays `plays` of `stimuli` end to end. `is_control` goes into the markers.
    ///
    /// The stimuli have the same number of channels and are at `rate_hz`; the plays name stimuli that are there.
    #[must_use]
    pub fn new(
        stimuli: Vec<Stimulus>,
        rate_hz: u32,
        plays: &[Play],
        silences: Silences,
        is_control: bool,
    ) -> Self {
        let mut program = Self {
            n_channels: stimuli.first().map_or(1, |stimulus| stimulus.n_channels),
            rate_hz: f64::from(rate_hz),
            stimuli,
            parts: Vec::new(),
            events: Vec::new(),
            n_samples: 0,
        };
        program.append(silences.lead, None);
        for (index, play) in plays.iter().enumerate() {
            if play.is_first && index > 0 && silences.pause > 0 {
                let secs = silences.pause as f64 / program.rate_hz;
                program.mark(PlayEvent::Pause { secs });
                program.append(silences.pause, None);
            }
            program.append_play(play, is_control);
        }
        program.append(silences.tail, None);
        program
    }

    fn append_play(&mut self, play: &Play, is_control: bool) {
        let stimulus = &self.stimuli[play.item];
        let n_samples = stimulus.n_samples();
        let mark = PlayMark {
            file: stimulus.name.clone(),
            polarity: play.polarity,
            trial: play.trial + 1,
            item: play.item as u64 + 1,
            is_control,
        };
        self.mark(if play.is_first {
            PlayEvent::Start(mark.clone())
        } else {
            PlayEvent::Loop(mark.clone())
        });
        self.append(n_samples, Some((*play, mark.clone())));
        if play.is_last {
            self.mark(PlayEvent::Stop {
                mark,
                is_complete: true,
            });
        }
    }

    fn mark(&mut self, event: PlayEvent) {
        self.events.push((self.n_samples, event));
    }

    fn append(&mut self, n_samples: u64, play: Option<(Play, PlayMark)>) {
        let begin = self.n_samples;
        self.n_samples += n_samples;
        if n_samples > 0 {
            self.parts.push(Part {
                begin,
                end: self.n_samples,
                play,
            });
        }
    }

    /// Samples per second.
    #[must_use]
    pub fn rate_hz(&self) -> f64 {
        self.rate_hz
    }

    /// Values per sample.
    #[must_use]
    pub fn n_channels(&self) -> usize {
        self.n_channels
    }

    /// Samples of all parts together.
    #[must_use]
    pub fn n_samples(&self) -> u64 {
        self.n_samples
    }

    /// The stimuli as they are played, gain and rate included.
    #[must_use]
    pub fn stimuli(&self) -> &[Stimulus] {
        &self.stimuli
    }

    /// The plays, in order.
    pub fn plays(&self) -> impl Iterator<Item = &PlayMark> {
        let plays = self.parts.iter().filter_map(|part| part.play.as_ref());
        plays.map(|(_, mark)| mark)
    }

    /// Fills `out`, interleaved, with the samples from `first` on; zeros beyond the end.
    pub fn render(&self, first: u64, out: &mut [f32]) {
        out.fill(0.0);
        let end = first + (out.len() / self.n_channels) as u64;
        let from = self.parts.partition_point(|part| part.end <= first);
        for part in self.parts[from..]
            .iter()
            .take_while(|part| part.begin < end)
        {
            let Some((play, _)) = &part.play else {
                continue;
            };
            let samples = &self.stimuli[play.item].samples;
            let (heard_from, heard_to) = (first.max(part.begin), end.min(part.end));
            let source = self.values(heard_from - part.begin..heard_to - part.begin);
            let target = self.values(heard_from - first..heard_to - first);
            let sign = play.polarity.sign();
            for (out, sample) in out[target].iter_mut().zip(&samples[source]) {
                *out = sign * sample;
            }
        }
    }

    /// The events at samples of `range`, in order.
    #[must_use]
    pub fn events(&self, range: Range<u64>) -> &[(u64, PlayEvent)] {
        let from = self.events.partition_point(|(at, _)| *at < range.start);
        let to = self.events.partition_point(|(at, _)| *at < range.end);
        &self.events[from..to.max(from)]
    }

    /// The event that ends what is heard at `sample`, if something is.
    #[must_use]
    pub fn cut_short(&self, sample: u64) -> Option<PlayEvent> {
        let (_, mark) = self.part(sample)?.play.as_ref()?;
        Some(PlayEvent::Stop {
            mark: mark.clone(),
            is_complete: false,
        })
    }

    /// What is heard at `sample`; `None` beyond the end.
    #[must_use]
    pub fn now_playing(&self, sample: u64) -> Option<NowPlaying> {
        let part = self.part(sample)?;
        Some(NowPlaying {
            mark: part.play.as_ref().map(|(_, mark)| mark.clone()),
            elapsed_secs: (sample - part.begin) as f64 / self.rate_hz,
            duration_secs: (part.end - part.begin) as f64 / self.rate_hz,
        })
    }

    fn part(&self, sample: u64) -> Option<&Part> {
        let at = self.parts.partition_point(|part| part.end <= sample);
        self.parts.get(at)
    }

    /// Values of a range of samples that is in memory, so that it fits.
    fn values(&self, samples: Range<u64>) -> Range<usize> {
        let value = |sample: u64| usize::try_from(sample).unwrap_or(usize::MAX) * self.n_channels;
        value(samples.start)..value(samples.end)
    }
}

#[cfg(test)]
mod tests;
