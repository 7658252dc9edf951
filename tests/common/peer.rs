//! Other processes: LSL senders in Python, and efrscope itself, in an LSL session of their own on the loopback.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use serde_json::Value;

use crate::needs;

/// An LSL session nobody else sees, on this machine only.
pub(crate) struct Room {
    dir: PathBuf,
    python: PathBuf,
    liblsl: PathBuf,
}

/// The folder of pylsl among the packages of each Python in `lib`.
fn pylsl(lib: &Path) -> Option<PathBuf> {
    let pythons = std::fs::read_dir(lib).ok()?;
    let mut wheels =
        pythons.filter_map(|python| Some(python.ok()?.path().join("site-packages/pylsl")));
    wheels.find(|wheel| wheel.is_dir())
}

impl Room {
    /// A session called `name`; `None` where Python, pylsl or liblsl is missing and the test may pass over it.
    pub(crate) fn new(name: &str) -> Option<Self> {
        Self::reaching(name, "127.0.0.1")
    }

    /// The same, looking for streams at another address.
    pub(crate) fn reaching(name: &str, address: &str) -> Option<Self> {
        let python = needs::python()?;
        let packages = python.parent().unwrap().parent().unwrap().join("lib");
        let wheel = pylsl(&packages);
        let own = wheel.as_ref().map(|wheel| wheel.join("lib/liblsl.so"));
        let named = std::env::var_os("EFRSCOPE_LIBLSL").map(PathBuf::from);
        let Some(liblsl) = named
            .or(own)
            .filter(|path| path.is_file() && wheel.is_some())
        else {
            let packages = packages.display();
            needs::missing(&format!(
                "no pylsl with its liblsl in {packages} (make venv)"
            ));
            return None;
        };
        let unique = format!("efrscope-{name}-{}", std::process::id());
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(&unique);
        std::fs::create_dir_all(&dir).unwrap();
        let config = format!(
            "[ports]\nIPv6 = disable\n[multicast]\nResolveScope = machine\n[lab]\nKnownPeers = {{{address}}}\n\
             SessionID = {unique}\n[log]\nlevel = -3\n[tuning]\nInletBufferReserveMs = 500\n"
        );
        std::fs::write(dir.join("lsl_api.cfg"), config).unwrap();
        Some(Self {
            dir,
            python,
            liblsl,
        })
    }

    /// A file in the session's folder.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// `program` with the session in its environment.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env("LSLAPICFG", self.dir.join("lsl_api.cfg"))
            .env("EFRSCOPE_LIBLSL", &self.liblsl)
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .current_dir(&self.dir);
        command
    }

    /// Start one of the Python peers and wait until it says that it is ready.
    pub(crate) fn peer(&self, script: &str, args: &[&str]) -> Peer {
        self.peer_by(script, args, |_| None)
    }

    /// The same by way of another command, which `wrap` makes of its own.
    pub(crate) fn peer_by(
        &self,
        script: &str,
        args: &[&str],
        wrap: impl FnOnce(&Command) -> Option<Command>,
    ) -> Peer {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/peers")
            .join(script);
        let mut command = self.command(&self.python);
        command.arg(path).args(args);
        let mut command = wrap(&command).unwrap_or(command);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let said: Vec<String> = stdout
            .by_ref()
            .lines()
            .map(|line| line.unwrap())
            .take_while(|line| line != "ready")
            .collect();
        assert!(
            child.try_wait().unwrap().is_none(),
            "{script} {args:?} did not start: {said:?}"
        );
        Peer {
            child,
            said,
            stdout,
        }
    }

    /// Run one of the Python peers to its end.
    pub(crate) fn run_peer(&self, script: &str, args: &[&str]) -> Output {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/peers")
            .join(script);
        self.command(&self.python)
            .arg(path)
            .args(args)
            .output()
            .unwrap()
    }

    /// Run efrscope to its end.
    pub(crate) fn efrscope(&self, args: &[&str]) -> Output {
        self.command(Path::new(env!("CARGO_BIN_EXE_efrscope")))
            .args(args)
            .output()
            .unwrap()
    }

    /// Start efrscope and go on.
    pub(crate) fn start_efrscope(&self, args: &[&str]) -> Child {
        self.command(Path::new(env!("CARGO_BIN_EXE_efrscope")))
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

/// A running peer; killed (SIGKILL) when dropped.
pub(crate) struct Peer {
    child: Child,
    /// The lines it printed before it was ready.
    pub(crate) said: Vec<String>,
    stdout: BufReader<ChildStdout>,
}

impl Peer {
    /// Send a signal to it.
    pub(crate) fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// End it at once.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
    }

    /// What it prints after that, to its end.
    pub(crate) fn rest(mut self) -> String {
        let mut text = String::new();
        self.stdout.read_to_string(&mut text).unwrap();
        text
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}

/// Send a signal to a process that the test has started.
pub(crate) fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").args([name, &pid.to_string()]).status();
    assert!(sent.unwrap().success(), "{name}");
}

/// The hops' lines of a run that ended well.
pub(crate) fn lines(output: &Output) -> Vec<Value> {
    let lines = all_lines(output);
    let hops: Vec<Value> = lines
        .into_iter()
        .filter(|line| line.get("hop").is_some())
        .collect();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!hops.is_empty(), "no hop was printed: {errors}");
    hops
}

/// Every JSON line of a run that ended well, those about streams too.
pub(crate) fn all_lines(output: &Output) -> Vec<Value> {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", output.status);
    let text = std::str::from_utf8(&output.stdout).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(!lines.is_empty(), "no line was printed: {errors}");
    lines
}
