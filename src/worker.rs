//! A thread with a name and an owner.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// A request to stop, shared by those who may ask and those who must obey.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Ask for it.
    pub fn request(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether it was asked for.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// The flag itself, for those who know nothing of sessions.
    #[must_use]
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}

/// How long a thread may take to obey. An inlet being opened can take seconds.
const JOIN_LIMIT: Duration = Duration::from_secs(12);
const JOIN_POLL: Duration = Duration::from_millis(2);

/// A named thread; dropping it asks it to stop and joins it.
#[derive(Debug)]
pub struct Worker {
    name: &'static str,
    stop: Stop,
    handle: Option<JoinHandle<()>>,
}

impl Worker {
    /// Start `body` on a thread called `name`; it must return soon after its [`Stop`] is requested.
    ///
    /// # Errors
    /// The system's words when it gives no thread.
    pub fn spawn(
        name: &'static str,
        stop: Stop,
        body: impl FnOnce(&Stop) + Send + 'static,
    ) -> Result<Self, std::io::Error> {
        let its_stop = stop.clone();
        let handle = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || body(&its_stop))?;
        Ok(Self {
            name,
            stop,
            handle: Some(handle),
        })
    }

    /// Ask it to stop without waiting: before several are dropped, so that none waits for another.
    pub fn request_stop(&self) {
        self.stop.request();
    }

    /// Whether it has ended by itself.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.handle.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.request();
        let Some(handle) = self.handle.take() else {
            return;
        };
        let polls = JOIN_LIMIT.as_millis() / JOIN_POLL.as_millis();
        for _ in 0..polls {
            if handle.is_finished() {
                if handle.join().is_err() {
                    tracing::error!("thread {} panicked", self.name);
                }
                return;
            }
            std::thread::sleep(JOIN_POLL);
        }
        tracing::error!("thread {} does not stop; it is left behind", self.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropping_a_worker_stops_and_joins_it() {
        let left = Arc::new(AtomicBool::new(false));
        let sees_it = Arc::clone(&left);
        let worker = Worker::spawn("test", Stop::default(), move |stop| {
            while !stop.is_requested() {
                std::thread::yield_now();
            }
            sees_it.store(true, Ordering::Release);
        });
        drop(worker.unwrap());
        assert!(left.load(Ordering::Acquire));
    }
}
