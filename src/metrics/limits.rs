//! What the analysis may cost.

use serde::{Deserialize, Serialize};

use crate::metrics::SettingsError;
use crate::metrics::settings::range;
use crate::signal::off;

/// Most memory of an analysis that nobody gave a limit.
const DEFAULT_MEMORY_MB: u32 = 1024;

/// Least that can be allowed.
const LEAST_MEMORY_MB: u32 = 16;

/// Most that can be allowed: 1 TB.
const MOST_MEMORY_MB: u32 = 1 << 20;

/// Bytes of a megabyte, here as in `/proc/meminfo` a power of two.
const BYTES_PER_MB: u64 = 1 << 20;

/// What the analysis may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Most memory the analysis may take; 1024 MB if `None`.
    #[serde(with = "off")]
    pub memory_mb: Option<u32>,
}

impl Limits {
    /// Most memory the analysis may take.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        u64::from(self.memory_mb.unwrap_or(DEFAULT_MEMORY_MB)) * BYTES_PER_MB
    }

    /// The limit on a machine with so much memory: where none was set, 1024 MB or a quarter of the machine's, whichever is less.
    #[must_use]
    pub fn on_machine(self, machine_bytes: u64) -> Self {
        let quarter_mb = u32::try_from(machine_bytes / 4 / BYTES_PER_MB).unwrap_or(u32::MAX);
        let unset_mb = quarter_mb.clamp(LEAST_MEMORY_MB, DEFAULT_MEMORY_MB);
        Self {
            memory_mb: Some(self.memory_mb.unwrap_or(unset_mb)),
        }
    }

    pub(super) fn check(self) -> Result<(), SettingsError> {
        let Some(memory_mb) = self.memory_mb else {
            return Ok(());
        };
        let ok = (LEAST_MEMORY_MB..=MOST_MEMORY_MB).contains(&memory_mb);
        let allowed = "16 to 1048576, or 0 for the default";
        range("limits.memory_mb", f64::from(memory_mb), ok, allowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(memory_mb: u32) -> Limits {
        Limits {
            memory_mb: Some(memory_mb),
        }
    }

    #[test]
    fn a_limit_that_is_unset_is_a_quarter_of_a_small_machine() {
        let gigabyte = 1 << 30;
        let unset = Limits::default();
        assert_eq!(unset.memory_bytes(), gigabyte);
        assert_eq!(unset.on_machine(64 * gigabyte).memory_bytes(), gigabyte);
        assert_eq!(unset.on_machine(2 * gigabyte), limit(512));
        assert_eq!(unset.on_machine(0), limit(16));
        assert_eq!(limit(2000).on_machine(2 * gigabyte), limit(2000));
    }

    #[test]
    fn a_limit_out_of_range_is_refused() {
        for memory_mb in [16, 1 << 20] {
            limit(memory_mb).check().unwrap();
        }
        assert!(limit((1 << 20) + 1).check().is_err());
        assert_eq!(
            limit(15).check().unwrap_err().to_string(),
            "limits.memory_mb = 15; allowed is 16 to 1048576, or 0 for the default"
        );
    }
}
