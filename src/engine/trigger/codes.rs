//! The codes of a trigger line, sample by sample.

use crate::align::Header;

/// Lines of a parallel port do not switch at one instant: what stands for no longer than this, or for one sample, may be on the way.
const SETTLE_SECS: f64 = 1e-3;
/// Whole numbers beyond are none that a channel could count.
const MAX_CODE: f64 = (1_u64 << 53) as f64;

/// Another code began to count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CodeChange {
    pub(super) from: u32,
    pub(super) to: u32,
    /// Which sample is the first that holds the new code, counted from 0.
    pub(super) sample: u64,
    /// Stamp of that sample.
    pub(super) stamp_secs: f64,
    /// Whether samples before it are missing: it changed at an unknown time.
    pub(super) is_after_gap: bool,
}

/// A code that has not stood for long enough to count.
#[derive(Debug, Clone, Copy)]
struct Open {
    code: u32,
    sample: u64,
    stamp_secs: f64,
    n_samples: u64,
}

/// Finds where the code of a line changes.
///
/// A code that stands longer than a millisecond (and one sample) counts. So does a shorter one, unless it is on the way between the codes
/// before and after it: each of its bits is that of one of them. The code that stands when the line is first heard is no change.
pub(super) struct Codes {
    mask: u32,
    /// So many samples may be on the way.
    settle_len: u64,
    counted: Option<u32>,
    open: Option<Open>,
    /// Run and index of the newest sample.
    newest: Option<(u32, u64)>,
    is_after_gap: bool,
    n_samples: u64,
}

impl Codes {
    pub(super) fn new(mask: u32, sample_rate_hz: f64) -> Self {
        Self {
            mask,
            settle_len: whole(SETTLE_SECS * sample_rate_hz).max(1),
            counted: None,
            open: None,
            newest: None,
            is_after_gap: false,
            n_samples: 0,
        }
    }

    /// Take the next sample's value of the line; at most two changes come of it, oldest first.
    pub(super) fn take(&mut self, header: Header, value: f64) -> [Option<CodeChange>; 2] {
        let before = self.newest.replace((header.run, header.index));
        let follows = (header.run, header.index.wrapping_sub(1));
        let settled = if before.is_some_and(|before| before != follows) {
            self.is_after_gap = true;
            self.settle()
        } else {
            None
        };
        let changed = self.take_code(header.stamp_secs, self.code(value));
        self.n_samples += 1;
        [settled, changed]
    }

    /// Nothing more comes: what stands counts.
    pub(super) fn settle(&mut self) -> Option<CodeChange> {
        let open = self.open.take()?;
        Some(self.count(open))
    }

    /// The first sample of which it is not known yet whether something changed there.
    pub(super) fn undecided(&self) -> Option<u64> {
        self.open.map(|open| open.sample)
    }

    fn take_code(&mut self, stamp_secs: f64, code: Option<u32>) -> Option<CodeChange> {
        // what is no number says nothing: the code before stands
        let standing = self.open.map(|open| open.code).or(self.counted);
        let code = code.or(standing)?;
        let counted = *self.counted.get_or_insert(code);
        let new = Open {
            code,
            sample: self.n_samples,
            stamp_secs,
            n_samples: 1,
        };
        if std::mem::take(&mut self.is_after_gap) {
            return (code != counted).then(|| CodeChange {
                is_after_gap: true,
                ..self.count(new)
            });
        }
        let Some(mut open) = self.open.take() else {
            self.open = (code != counted).then_some(new);
            return None;
        };
        if open.code == code {
            open.n_samples += 1;
            if open.n_samples > self.settle_len {
                return Some(self.count(open));
            }
            self.open = Some(open);
            return None;
        }
        let changed = (!is_between(counted, open.code, code)).then(|| self.count(open));
        self.open = (self.counted != Some(code)).then_some(new);
        changed
    }

    fn count(&mut self, open: Open) -> CodeChange {
        CodeChange {
            from: self.counted.replace(open.code).unwrap_or(open.code),
            to: open.code,
            sample: open.sample,
            stamp_secs: open.stamp_secs,
            is_after_gap: false,
        }
    }

    /// The bits of the mask; `None` for what is no number.
    fn code(&self, value: f64) -> Option<u32> {
        (value.abs() < MAX_CODE).then(|| bits(value) & self.mask)
    }
}

/// Whether every bit of `code` is that of `from` or of `to`, which differ.
fn is_between(from: u32, code: u32, to: u32) -> bool {
    (code ^ from) & (code ^ to) == 0
}

/// The lowest 32 bits of the nearest whole number, those of a negative one in two's complement.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "values are limited to 53 bits, and the low ones are wanted"
)]
fn bits(value: f64) -> u32 {
    value.round() as i64 as u32
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rates are limited to 1 MHz"
)]
fn whole(samples: f64) -> u64 {
    samples as u64
}

#[cfg(test)]
mod tests;
