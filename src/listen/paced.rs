//! A connection whose other end has to take what is sent to it.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// A stream on which a write that does not get on fails: each time that nothing can be written the reader has so long
/// to take something.
#[derive(Debug)]
pub struct Paced<S> {
    stream: S,
    patience: Duration,
    /// Since when nothing can be written.
    stalled: Option<Instant>,
    /// Set at the first wait. Readers make waits all the time, and few last: it stays set when one is over, and is only set
    /// anew when it has run down.
    timer: Option<Pin<Box<Sleep>>>,
}

impl<S> Paced<S> {
    /// A stream whose reader may stop for so long.
    pub fn new(stream: S, patience: Duration) -> Self {
        Paced { stream, patience, stalled: None, timer: None }
    }

    /// What a write came to; an error where it has been waited for too long.
    fn judged<T>(&mut self, wrote: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if wrote.is_ready() {
            self.stalled = None;
            return wrote;
        }
        let over = *self.stalled.get_or_insert_with(Instant::now) + self.patience;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(over)));
        ready!(timer.as_mut().poll(context));
        while Instant::now() < over {
            timer.as_mut().reset(over);
            ready!(timer.as_mut().poll(context));
        }
        Poll::Ready(Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "the reader does not take what it asked for",
        )))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.judged(wrote, context)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.judged(flushed, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [only] = buffers {
            // What is one piece, such as a 304, takes the system less.
            return self.poll_write(context, only);
        }
        let wrote = Pin::new(&mut self.stream).poll_write_vectored(context, buffers);
        self.judged(wrote, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    /// What can be written to while it says so.
    struct Reader {
        takes: bool,
    }

    impl AsyncWrite for Reader {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            if self.takes { Poll::Ready(Ok(bytes.len())) } else { Poll::Pending }
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    fn write(paced: &mut Paced<Reader>) -> Poll<io::Result<usize>> {
        Pin::new(paced).poll_write(&mut Context::from_waker(Waker::noop()), b"a wave")
    }

    #[tokio::test]
    async fn h01_each_wait_has_its_own_time_and_one_timer_is_enough() {
        let mut paced = Paced::new(Reader { takes: false }, Duration::from_hours(1));
        assert!(write(&mut paced).is_pending());
        let first = paced.stalled;
        assert!(first.is_some() && write(&mut paced).is_pending() && paced.stalled == first);
        paced.stream.takes = true;
        assert!(matches!(write(&mut paced), Poll::Ready(Ok(6))) && paced.stalled.is_none());
        // The timer of before has run down in the meantime: the wait that begins now has all its time.
        let timer = paced.timer.as_mut().expect("it was set");
        timer.as_mut().reset(Instant::now());
        timer.as_mut().await;
        paced.stream.takes = false;
        assert!(write(&mut paced).is_pending() && write(&mut paced).is_pending());
        let timer = paced.timer.as_ref().expect("it was set");
        assert!(!timer.is_elapsed() && timer.deadline() == paced.stalled.expect("it waits") + paced.patience);
    }

    #[tokio::test]
    async fn h01_a_wait_that_is_over_is_an_error() {
        let mut paced = Paced::new(Reader { takes: false }, Duration::ZERO);
        let wrote = std::future::poll_fn(|context| Pin::new(&mut paced).poll_write(context, b"a wave")).await;
        assert_eq!(wrote.expect_err("nobody takes it").kind(), io::ErrorKind::TimedOut);
    }
}
