//! The model lives on one thread of its own, behind a bounded queue, so that inference never holds up the runtime.

use std::thread::JoinHandle;

use newsprint_domain::tags::ArticleTags;
use newsprint_nlp::error::NlpError;
use newsprint_nlp::tagger::{Document, Tagger};
use tokio::sync::{mpsc, oneshot};

/// Requests that may wait.
const QUEUE: usize = 4;

/// A title and a text.
pub(crate) type Texts = (String, String);

type Request = (
    Vec<Texts>,
    oneshot::Sender<Result<Vec<ArticleTags>, NlpError>>,
);

/// A tagger on its own thread.
pub(crate) struct TaggingThread {
    requests: mpsc::Sender<Request>,
    thread: JoinHandle<anyhow::Result<()>>,
}

impl TaggingThread {
    /// Starts the thread, which loads its tagger with `load`.
    pub(crate) fn start(
        load: impl FnOnce() -> anyhow::Result<Tagger> + Send + 'static,
    ) -> anyhow::Result<Self> {
        let (requests, queue) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("tagger".into())
            .spawn(move || work(load()?, queue))?;
        Ok(Self { requests, thread })
    }

    /// Tags of each document; `None` where the thread has ended, of which [`TaggingThread::finish`] gives the reason.
    pub(crate) async fn tag(
        &self,
        texts: Vec<Texts>,
    ) -> Option<Result<Vec<ArticleTags>, NlpError>> {
        let (reply, answer) = oneshot::channel();
        self.requests.send((texts, reply)).await.ok()?;
        answer.await.ok()
    }

    /// Ends the thread and gives the error that ended it early, if one did.
    pub(crate) fn finish(self) -> anyhow::Result<()> {
        drop(self.requests);
        self.thread
            .join()
            .unwrap_or_else(|_| Err(anyhow::anyhow!("the tagging thread panicked")))
    }
}

fn work(tagger: Tagger, mut queue: mpsc::Receiver<Request>) -> anyhow::Result<()> {
    while let Some((texts, reply)) = queue.blocking_recv() {
        let documents: Vec<Document<'_>> = texts
            .iter()
            .map(|(title, text)| Document { title, text })
            .collect();
        // Whoever asked may have stopped waiting; that is their right.
        let _ = reply.send(tagger.tag(&documents));
    }
    Ok(())
}
