//! A thread with a name and an owner.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
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

/// A thread that panicked: an error of the program's own. The others go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("thread {thread:?} panicked: {message}")]
pub struct ThreadPanic {
    /// The thread's name.
    pub thread: &'static str,
    /// What it said.
    pub message: String,
}

/// Panics of the process so far, oldest first. Whoever owns the thread may be a library's thread itself: so all are kept in one place.
static PANICS: Mutex<Vec<ThreadPanic>> = Mutex::new(Vec::new());

/// Every panic of a [`Worker`] of this process, oldest first.
#[must_use]
pub fn panics() -> Vec<ThreadPanic> {
    PANICS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

/// Keep what a thread panicked with.
fn keep(thread: &'static str, payload: &(dyn Any + Send)) {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    let panic = ThreadPanic {
        thread,
        message: text.unwrap_or_else(|| "without a message".to_owned()),
    };
    let mut panics = PANICS.lock().unwrap_or_else(PoisonError::into_inner);
    panics.push(panic);
}

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
    /// Should it panic, the thread ends, and [`panics`] tells what it said.
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
            .spawn(move || {
                // what the body held is dropped with it, and seen by nobody afterwards
                if let Err(payload) = catch_unwind(AssertUnwindSafe(|| body(&its_stop))) {
                    keep(name, &*payload);
                }
            })?;
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

    /// Ask it to stop, and go without waiting for it: for one that hangs in a call of the system's.
    pub fn leave_behind(mut self) {
        self.stop.request();
        self.handle = None;
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

    fn message_of(thread: &'static str, body: impl FnOnce() + Send + 'static) -> Option<String> {
        let worker = Worker::spawn(thread, Stop::default(), |_| body());
        drop(worker.unwrap()); // waits for its end
        let of_thread = panics().into_iter().find(|panic| panic.thread == thread);
        of_thread.map(|panic| panic.message)
    }

    #[test]
    fn a_panic_is_caught_at_the_thread_s_edge_and_told_with_its_name_and_words() {
        let words = message_of("test-words", || panic!("no channel"));
        assert_eq!(words.as_deref(), Some("no channel"));
        let number = 7;
        let made = message_of("test-made", move || panic!("no channel {number}"));
        assert_eq!(made.as_deref(), Some("no channel 7"));
        let odd = message_of("test-odd", || std::panic::panic_any(7));
        assert_eq!(odd.as_deref(), Some("without a message"));
        assert_eq!(message_of("test-calm", || {}), None);
    }

    #[test]
    fn the_owner_of_a_thread_that_panicked_goes_on_and_sees_that_it_has_ended() {
        let worker = Worker::spawn("test-owned", Stop::default(), |_| panic!("over")).unwrap();
        while !worker.is_finished() {
            std::thread::yield_now();
        }
        let panic = panics()
            .into_iter()
            .find(|panic| panic.thread == "test-owned");
        let told = panic.unwrap().to_string();
        assert_eq!(told, "thread \"test-owned\" panicked: over");
    }

    #[test]
    fn a_worker_that_hangs_can_be_left_behind() {
        let (release, held) = crossbeam_channel::bounded::<()>(0);
        let worker = Worker::spawn("test-hangs", Stop::default(), move |_| {
            let _released = held.recv();
        });
        worker.unwrap().leave_behind(); // would wait for 12 s otherwise
        drop(release);
    }
}
