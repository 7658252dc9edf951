//! Waits for the end: Ctrl-C, a termination signal, a time, or the work itself.

use std::time::Duration;

use crate::cli::CliError;

const POLL: Duration = Duration::from_millis(50);

/// Return at Ctrl-C or SIGTERM, after `duration_secs`, or when `is_over` says so.
pub(super) fn until_stopped(
    duration_secs: Option<f64>,
    mut is_over: impl FnMut() -> bool,
) -> Result<(), CliError> {
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
            () = time_is_up => Ok(()),
            () = over => Ok(()),
            asked = asked_to_stop() => asked.map_err(system("waiting for signals")),
        }
    })
}

#[cfg(unix)]
async fn asked_to_stop() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        asked = tokio::signal::ctrl_c() => asked,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn asked_to_stop() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
