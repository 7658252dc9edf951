//! What liblsl is told before its first use. Compiled with or without LSL: a configuration means the same everywhere.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::signal::off;

/// What liblsl is told before its first use.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LslSettings {
    /// The library's file; found by itself if `None`.
    #[serde(with = "off")]
    pub library: Option<PathBuf>,
    /// How far to look: `machine`, `link`, `site`, `organization` or `global`; liblsl's own configuration if `None`.
    #[serde(with = "off")]
    pub resolve_scope: Option<String>,
    /// Hosts asked directly, for networks without multicast.
    pub known_peers: Vec<String>,
    /// Only streams of this session are seen; liblsl's own configuration if `None`.
    #[serde(with = "off")]
    pub session_id: Option<String>,
}

impl LslSettings {
    /// liblsl's configuration file, or `None` where nothing was set and liblsl shall read its own.
    #[must_use]
    pub fn content(&self) -> Option<String> {
        let nothing = self.resolve_scope.is_none()
            && self.known_peers.is_empty()
            && self.session_id.is_none();
        if nothing {
            return None;
        }
        let scope = self
            .resolve_scope
            .iter()
            .map(|scope| format!("ResolveScope = {scope}"));
        let peers = (!self.known_peers.is_empty())
            .then(|| format!("KnownPeers = {{{}}}", self.known_peers.join(", ")));
        let session = self.session_id.iter().map(|id| format!("SessionID = {id}"));
        let lines: Vec<String> = [
            "[log]",
            "level = -3",
            "[tuning]",
            "InletBufferReserveMs = 500",
            "[multicast]",
        ]
        .map(str::to_owned)
        .into_iter()
        .chain(scope)
        .chain(["[lab]".to_owned()])
        .chain(peers)
        .chain(session)
        .collect();
        Some(lines.join("\n") + "\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn liblsl_reads_its_own_configuration_unless_told_otherwise() {
        assert_eq!(LslSettings::default().content(), None);
        let settings = LslSettings {
            known_peers: vec!["10.0.0.2".into(), "lab-pc".into()],
            session_id: Some("s1".into()),
            ..LslSettings::default()
        };
        let content = settings.content().unwrap();
        assert!(content.contains("KnownPeers = {10.0.0.2, lab-pc}"));
        assert!(content.contains("SessionID = s1") && !content.contains("ResolveScope"));
    }
}
