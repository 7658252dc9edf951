//! What was tried when no stream was found: liblsl's version, interfaces, multicast, known peers.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::source::LslSettings;

/// What liblsl reserves for an inlet where nobody told it otherwise.
const DEFAULT_RESERVE_SECS: f64 = 5.0;

/// One network interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Its name and address, e.g. `eth0 192.168.1.20`.
    pub name: String,
    /// Whether it carries multicast; `None` where the system does not say.
    pub multicast: Option<bool>,
}

/// What a search for streams had to work with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// liblsl's file.
    pub library: PathBuf,
    /// Its version, e.g. 118 for 1.18.
    pub version: i32,
    /// Interfaces that are up.
    pub interfaces: Vec<Interface>,
    /// The configuration liblsl reads, if there is one.
    pub configuration: Option<PathBuf>,
    /// The line of it that names peers to ask directly, if there is one.
    pub known_peers: Option<String>,
}

impl Diagnosis {
    /// Look at this machine.
    #[must_use]
    pub fn make(library: &lsl_sys::Library, settings: &LslSettings) -> Self {
        let is_ours = settings.content().is_some();
        let files = if is_ours {
            Vec::new()
        } else {
            configuration_files()
        };
        let configuration = files.into_iter().find(|path| path.is_file());
        let ours = (!settings.known_peers.is_empty()).then(|| settings.known_peers.join(", "));
        let known_peers = ours.or_else(|| {
            configuration
                .as_deref()
                .and_then(|path| value_of("KnownPeers", path))
        });
        Self {
            library: library.path().to_owned(),
            version: library.version(),
            interfaces: interfaces(),
            configuration,
            known_peers,
        }
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "what was tried:")?;
        let (major, minor) = (self.version / 100, self.version % 100);
        writeln!(
            f,
            "  liblsl {major}.{minor} from {}",
            self.library.display()
        )?;
        for interface in &self.interfaces {
            let multicast = match interface.multicast {
                Some(true) => "multicast on",
                Some(false) => {
                    "multicast off: streams of other computers are found only through known peers"
                }
                None => "multicast unknown",
            };
            writeln!(f, "  interface {}: {multicast}", interface.name)?;
        }
        match &self.configuration {
            Some(path) => writeln!(f, "  configuration {}", path.display())?,
            None => writeln!(
                f,
                "  configuration: [lsl] of efrscope's, over liblsl's defaults"
            )?,
        }
        match &self.known_peers {
            Some(peers) => writeln!(f, "  known peers {peers}")?,
            None => writeln!(f, "  known peers: none")?,
        }
        write!(
            f,
            "what to check: is the sender running and on this network; does a firewall block UDP 16571 to 16604 or TCP 16572 to 16604; \
             without multicast, name the sender's address under [lsl] known_peers in the configuration"
        )
    }
}

/// Whether a configuration of liblsl's own is in force.
pub(super) fn has_configuration() -> bool {
    configuration_files().iter().any(|path| path.is_file())
}

/// So much of a stream a configuration of liblsl's own has it reserve for every inlet; where it does not say, liblsl's default.
pub(super) fn configured_reserve_secs() -> f64 {
    let files = configuration_files();
    let in_force = files.into_iter().find(|path| path.is_file());
    let written = in_force.and_then(|path| value_of("InletBufferReserveMs", &path));
    written
        .and_then(|ms| ms.trim().parse::<f64>().ok())
        .map_or(DEFAULT_RESERVE_SECS, |ms| 1e-3 * ms.max(0.0))
}

/// Where liblsl looks for its configuration, in its order.
fn configuration_files() -> Vec<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let named = std::env::var_os("LSLAPICFG").map(PathBuf::from);
    named
        .into_iter()
        .chain([PathBuf::from("lsl_api.cfg")])
        .chain(home.map(|home| home.join("lsl_api/lsl_api.cfg")))
        .chain([PathBuf::from("/etc/lsl_api/lsl_api.cfg")])
        .collect()
}

/// What a configuration of liblsl's own says under `key`.
fn value_of(key: &str, path: &Path) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let value = text
        .lines()
        .find_map(|line| line.trim().strip_prefix(key))?;
    Some(value.trim_start_matches([' ', '=']).to_owned())
}

fn interfaces() -> Vec<Interface> {
    let mut interfaces: Vec<Interface> = if_addrs::get_if_addrs()
        .unwrap_or_default()
        .into_iter()
        .map(|interface| Interface {
            multicast: multicast(&interface.name),
            name: format!("{} {}", interface.name, interface.ip()),
        })
        .collect();
    interfaces.sort_by(|a, b| a.name.cmp(&b.name));
    interfaces
}

/// Linux: the flag `IFF_MULTICAST`.
fn multicast(interface: &str) -> Option<bool> {
    const IFF_MULTICAST: u32 = 0x1000;
    let flags = std::fs::read_to_string(format!("/sys/class/net/{interface}/flags")).ok()?;
    let flags = u32::from_str_radix(flags.trim().trim_start_matches("0x"), 16).ok()?;
    Some(flags & IFF_MULTICAST != 0)
}
