//! What is read from the tree of a page, under a limit of time.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvError, RecvTimeoutError, SendError, Sender, channel};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use dom_query::Document;

use crate::decode::decode;
use crate::error::FetchError;
use crate::tree::tree;

/// Stack of a thread that parses: deep pages are refused, and what is let through needs no more.
const STACK_BYTES: usize = 64 * 1024 * 1024;
/// Time that building a page's tree may take: this can be stopped, what is then read from it cannot.
const TREE_LIMIT: Duration = Duration::from_secs(1);
/// Time that one page may take in all.
const LIMIT: Duration = Duration::from_secs(2);
/// Threads that may go on beyond it before no further one is started.
const MAX_OVERRUNNING: usize = 4;
/// Threads that are kept while there is nothing to do.
const MAX_IDLE: usize = 8;

/// The threads of the whole process, which they are a burden to, whoever started them.
static THREADS: Threads = Threads::new(LIMIT);

/// What `read` makes of a page's markup and its tree.
///
/// # Errors
///
/// [`FetchError::Unreadable`] where the page has too much of something, or the parser fails on it; [`FetchError::TooSlow`] where it takes
/// too long.
pub(crate) fn parsed<T: Send + 'static>(
    bytes: &[u8],
    content_type: Option<&str>,
    read: impl FnOnce(&str, Document) -> T + Send + 'static,
) -> Result<T, FetchError> {
    let html = decode(bytes, content_type);
    THREADS.run(move || Ok(read(&html, tree(&html, TREE_LIMIT)?)))?
}

/// What a thread is given to do.
type Job = Box<dyn FnOnce() + Send>;

/// Runs parsers, one at a time on each thread, where a panic or a deep tree harms nobody else.
///
/// No thread can be stopped from outside: one that overruns the limit is left to end by itself, and counted until it does.
struct Threads {
    limit: Duration,
    n_overrunning: Mutex<usize>,
    one_ended: Condvar,
    /// Threads that wait for a job: their stacks and heaps are worth keeping.
    idle: Mutex<Vec<Sender<Job>>>,
}

impl Threads {
    const fn new(limit: Duration) -> Self {
        Self {
            limit,
            n_overrunning: Mutex::new(0),
            one_ended: Condvar::new(),
            idle: Mutex::new(Vec::new()),
        }
    }

    /// What `parse` gives, if it does within the limit; it is started when few enough of those before it overrun.
    fn run<T: Send + 'static>(
        &'static self,
        parse: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, FetchError> {
        self.wait_for_room()?;
        let (sender, receiver) = channel();
        let job = Box::new(move || {
            let result = catch_unwind(AssertUnwindSafe(parse)).ok();
            self.hand_over(result, &sender);
        });
        self.start(job)
            .map_err(|error| FetchError::Unreadable(format!("no thread to read it on: {error}")))?;
        let failed = || FetchError::Unreadable("the HTML parser failed on it".into());
        match receiver.recv_timeout(self.limit) {
            Ok(result) => result.ok_or_else(failed),
            Err(RecvTimeoutError::Disconnected) => Err(failed()),
            Err(RecvTimeoutError::Timeout) => match self.give_up(receiver) {
                Some(late) => late.ok_or_else(failed),
                None => Err(self.too_slow()),
            },
        }
    }

    /// Gives a job to an idle thread, or to a new one.
    fn start(&'static self, mut job: Job) -> io::Result<()> {
        loop {
            let idle = self.idle().pop();
            let Some(thread) = idle else { break };
            match thread.send(job) {
                Ok(()) => return Ok(()),
                Err(SendError(returned)) => job = returned,
            }
        }
        let thread = thread::Builder::new().name("page".into());
        let thread = thread.stack_size(STACK_BYTES);
        thread.spawn(move || self.serve(job)).map(drop)
    }

    /// Does one job after another.
    fn serve(&self, mut job: Job) {
        loop {
            job();
            let (sender, jobs) = channel();
            let mut idle = self.idle();
            if idle.len() >= MAX_IDLE {
                return;
            }
            idle.push(sender);
            drop(idle);
            match jobs.recv() {
                Ok(next) => job = next,
                Err(RecvError) => return,
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Sender<Job>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a thread may overrun; no longer than the limit, as threads that never end must not hold all others up.
    fn wait_for_room(&self) -> Result<(), FetchError> {
        let is_full = |n: &mut usize| *n >= MAX_OVERRUNNING;
        let waited = self
            .one_ended
            .wait_timeout_while(self.overrunning(), self.limit, is_full);
        let (mut n_overrunning, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if is_full(&mut n_overrunning) {
            return Err(self.too_slow());
        }
        Ok(())
    }

    /// Gives what a thread came to; where nobody waits for it any more, the thread has overrun and is one less.
    fn hand_over<T>(&self, result: T, sender: &Sender<T>) {
        let mut n_overrunning = self.overrunning();
        if sender.send(result).is_err() {
            *n_overrunning -= 1;
            self.one_ended.notify_one();
        }
    }

    /// Counts a thread as overrunning and waits for it no more, unless it has come to something meanwhile.
    fn give_up<T>(&self, receiver: Receiver<T>) -> Option<T> {
        // While this is held, no thread hands over.
        let mut n_overrunning = self.overrunning();
        let late = receiver.try_recv().ok();
        *n_overrunning += usize::from(late.is_none());
        drop(receiver);
        late
    }

    fn overrunning(&self) -> MutexGuard<'_, usize> {
        self.n_overrunning
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn too_slow(&self) -> FetchError {
        FetchError::TooSlow { limit: self.limit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Threads with a limit of their own.
    fn threads(milliseconds: u64) -> &'static Threads {
        Box::leak(Box::new(Threads::new(Duration::from_millis(milliseconds))))
    }

    /// Starts a parser that overruns; it ends when the sender is dropped.
    fn overrun(threads: &'static Threads) -> Sender<()> {
        let (release, blocked) = channel::<()>();
        let error = threads.run(move || blocked.recv().is_ok()).unwrap_err();
        assert_eq!(error.kind(), "too_slow");
        release
    }

    /// How many overrun when there are no more than `n`, or after a while.
    fn settled(threads: &Threads, n: usize) -> usize {
        let are_more = |n_overrunning: &mut usize| *n_overrunning > n;
        let ended = &threads.one_ended;
        let waited = ended.wait_timeout_while(threads.overrunning(), LIMIT, are_more);
        *waited.unwrap().0
    }

    #[test]
    fn what_takes_too_long_is_told_and_ends_by_itself() {
        let threads = threads(20);
        let release = overrun(threads);
        assert_eq!(*threads.overrunning(), 1);
        drop(release);
        assert_eq!(settled(threads, 0), 0);
    }

    #[test]
    fn few_overrun_at_once_and_the_next_waits_for_one_to_end() {
        let threads = threads(20);
        let mut releases: Vec<_> = (0..MAX_OVERRUNNING).map(|_| overrun(threads)).collect();
        assert_eq!(threads.run(|| 1), Err(threads.too_slow()), "none ends");
        releases.pop();
        // The thread that was let go may be slow to end.
        let mut waited = (0..100).map(|_| threads.run(|| 2));
        assert_eq!(waited.find(Result::is_ok), Some(Ok(2)));
        let expected = MAX_OVERRUNNING - 1;
        assert_eq!(settled(threads, expected), expected);
    }

    #[test]
    fn a_result_that_comes_while_it_is_given_up_is_taken() {
        let threads = threads(20);
        let (sender, receiver) = channel();
        threads.hand_over(3, &sender);
        assert_eq!(threads.give_up(receiver), Some(3));
        assert_eq!(*threads.overrunning(), 0);
    }

    #[test]
    fn a_parser_that_fails_harms_nobody_else() {
        let threads = threads(20_000);
        let failed = threads.run(|| assert_eq!(1, 2));
        assert_eq!(failed.unwrap_err().kind(), "unreadable");
        assert_eq!(threads.run(|| 4), Ok(4));
        assert_eq!(*threads.overrunning(), 0);
    }
}
