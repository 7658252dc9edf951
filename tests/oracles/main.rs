//! Our numbers against those of `SciPy`, `NumPy`, MNE and mne-connectivity, which get the same samples from the scripts beside this file.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "../common/alpha.rs"]
mod alpha;
mod connectivity;
#[path = "../common/drive.rs"]
mod drive;
mod envelope;
mod filters;
#[path = "../common/needs.rs"]
mod needs;
mod paper;
mod periodic;
mod periodic_live;
#[path = "../common/recording.rs"]
mod recording;
mod recordings;
#[path = "../common/runner.rs"]
mod runner;
#[path = "../common/signals.rs"]
mod signals;
mod spectra;
mod stimulus;

/// What a test of this program says and how it ends where there is no Python.
fn without_python(skip_peers: &str) -> (bool, String) {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", TEST])
        .env("EFRSCOPE_PYTHON", "/no such python")
        .env("EFRSCOPE_SKIP_PEERS", skip_peers)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

const TEST: &str = "paper::the_papers_chain_gives_the_papers_numbers";

#[test]
fn without_python_a_test_fails_unless_it_may_pass_over_aloud() {
    let (passed, said) = without_python("0");
    assert!(
        !passed && said.contains("no Python at /no such python"),
        "{said}"
    );
    assert!(said.contains("EFRSCOPE_SKIP_PEERS=1"), "{said}");
    let (passed, said) = without_python("1");
    let aloud = format!("{TEST}: passed over, no Python at /no such python");
    assert!(passed && said.contains("1 passed"), "{said}");
    assert!(said.contains(&aloud), "{said}");
}
