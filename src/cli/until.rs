//! Waits for the end: Ctrl-C, a signal to terminate or to hang up, a time, or the work itself.

use std::time::Duration;

use crate::cli::CliError;

const POLL: Duration = Duration::from_millis(50);

/// What ended the wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// A signal: there is little time.
    Asked,
    /// The time, or the work itself.
    ByItself,
}

/// Return at Ctrl-C, SIGTERM or SIGHUP, after `duration_secs`, or when `is_over` says so.
pub(super) fn until_stopped(
    duration_secs: Option<f64>,
    mut is_over: impl FnMut() -> bool,
) -> Result<Ended, CliError> {
    let system = |doing| move |source| CliError::System { doing, source };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(system("starting the timer"))?;
    runtime.block_on(async {
        let time_is_up = async {
            match duration_secs {
                Some(secs) => tokio::time::sleep(Duration::from_secs_f64(secs)).await,
                None => std::future::pending().await,
            }
        };
        let over = async {
            let mut ticks = tokio::time::interval(POLL);
            while !is_over() {
                ticks.tick().await;
            }
        };
        tokio::select! {
            // the signals first: once the work has begun, none is missed
            biased;
            asked = asked_to_stop() => asked.map(|()| Ended::Asked).map_err(system("waiting for signals")),
            () = time_is_up => Ok(Ended::ByItself),
            () = over => Ok(Ended::ByItself),
        }
    })
}

#[cfg(unix)]
async fn asked_to_stop() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    tokio::select! {
        asked = tokio::signal::ctrl_c() => asked,
        _ = hang_up.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn asked_to_stop() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
