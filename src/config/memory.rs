//! How much memory the machine has.

/// Memory of the machine in bytes, where the system says.
#[must_use]
pub fn machine_memory_bytes() -> Option<u64> {
    total_bytes(&std::fs::read_to_string("/proc/meminfo").ok()?)
}

/// `MemTotal` of a `/proc/meminfo`.
fn total_bytes(meminfo: &str) -> Option<u64> {
    let mut lines = meminfo.lines();
    let total = lines.find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = total.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_read_in_bytes() {
        let meminfo = "Slab: 1 kB\nMemTotal:       16305132 kB\nMemFree:  9 kB\n";
        assert_eq!(total_bytes(meminfo), Some(16_305_132 * 1024));
    }

    #[test]
    fn what_does_not_say_it_is_unknown() {
        for meminfo in ["", "MemFree: 1 kB", "MemTotal: many kB", "MemTotal: 5"] {
            assert_eq!(total_bytes(meminfo), None, "{meminfo}");
        }
    }
}
