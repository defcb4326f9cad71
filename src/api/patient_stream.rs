//! The stream of a client that the server waits for, but not for ever: what it takes too slowly ends it. And where hyper
//! refuses the head of a request with a bare status, the reason goes along.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::http::StatusCode;
use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::connections::{LONGEST_HEAD, Patience};
use super::error::ApiError;

/// A client that was refused may go on sending for so long: closed at once, its end could lose the reason.
const FAREWELL: Duration = Duration::from_secs(1);
/// And so much [bytes].
const FAREWELL_BYTES: usize = 1024 * 1024;

/// A stream with bounds on the time that its writes take.
pub struct PatientStream<S> {
    stream: S,
    patience: Patience,
    /// Only while the client has something to take.
    waiting: Option<Waiting>,
    /// A reason, to be sent before all else.
    owed: Bytes,
    farewell: Option<Farewell>,
}

struct Waiting {
    end: Pin<Box<Sleep>>,
    taken_bytes: usize,
}

struct Farewell {
    end: Pin<Box<Sleep>>,
    read_bytes: usize,
}

impl<S: AsyncRead + AsyncWrite + Unpin> PatientStream<S> {
    pub fn new(stream: S, patience: Patience) -> PatientStream<S> {
        PatientStream { stream, patience, waiting: None, owed: Bytes::new(), farewell: None }
    }

    fn poll_send(&mut self, context: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        ready!(self.poll_owed(context))?;
        if let Some((head, reason)) = slices.first().and_then(|head| Some((head, with_reason(head)?))) {
            self.owed = reason;
            self.farewell = Some(Farewell { end: Box::pin(sleep(FAREWELL)), read_bytes: 0 });
            return Poll::Ready(Ok(head.len()));
        }
        let sent = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.judged(context, sent)
    }

    fn poll_owed(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.owed.has_remaining() {
            let sent = Pin::new(&mut self.stream).poll_write(context, &self.owed);
            let sent = ready!(self.judged(context, sent))?;
            self.owed.advance(sent);
        }
        Poll::Ready(Ok(()))
    }

    /// The same, unless the client has taken too little for too long.
    fn judged(
        &mut self,
        context: &mut Context<'_>,
        sent: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if let (Poll::Ready(Ok(bytes)), Some(waiting)) = (&sent, &mut self.waiting) {
            waiting.taken_bytes = waiting.taken_bytes.saturating_add(*bytes);
        }
        match sent.is_pending() && self.is_too_slow(context) {
            true => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            false => sent,
        }
    }

    fn is_too_slow(&mut self, context: &mut Context<'_>) -> bool {
        loop {
            let length = self.patience.answer;
            let waiting =
                self.waiting.get_or_insert_with(|| Waiting { end: Box::pin(sleep(length)), taken_bytes: 0 });
            if waiting.end.as_mut().poll(context).is_pending() {
                return false;
            }
            if waiting.taken_bytes < self.patience.least_bytes {
                return true;
            }
            self.waiting = None;
        }
    }

    /// Reads what the client still sends.
    fn poll_farewell(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(farewell) = &mut self.farewell else { return Poll::Ready(()) };
        let mut room = [0; 4096];
        loop {
            let mut room = ReadBuf::new(&mut room);
            match Pin::new(&mut self.stream).poll_read(context, &mut room) {
                Poll::Pending => return farewell.end.as_mut().poll(context),
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Ready(Ok(())) => farewell.read_bytes += room.filled().len(),
            }
            if room.filled().is_empty() || farewell.read_bytes > FAREWELL_BYTES {
                return Poll::Ready(());
            }
        }
    }
}

/// hyper's own refusal of a head, with a problem document in place of nothing. Whatever else is sent has a media type.
fn with_reason(head: &[u8]) -> Option<Bytes> {
    let rest = head.strip_prefix(b"HTTP/1.1 4")?;
    let (status, detail) = match rest.get(..2)? {
        b"00" => (StatusCode::BAD_REQUEST, "the head of the request is not as HTTP/1.1 has it".to_owned()),
        b"14" => (StatusCode::URI_TOO_LONG, "the address is too long".to_owned()),
        b"31" => (
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            format!("the head of a request has at most {LONGEST_HEAD} bytes and 100 headers"),
        ),
        _ => return None,
    };
    let lines = str::from_utf8(head).ok()?.strip_suffix("\r\n\r\n")?;
    let kept = |line: &&str| !line.starts_with("content-length:") && !line.starts_with("connection:");
    if !lines.contains("\r\ncontent-length: 0") || lines.contains("\r\ncontent-type:") {
        return None;
    }
    let problem = ApiError::refused(status, detail).problem().to_string();
    let lines = lines.split("\r\n").filter(kept).collect::<Vec<_>>().join("\r\n");
    let added =
        "connection: close\r\naccess-control-allow-origin: *\r\ncontent-type: application/problem+json";
    Some(format!("{lines}\r\n{added}\r\ncontent-length: {}\r\n\r\n{problem}", problem.len()).into())
}

impl<S: AsyncRead + Unpin> AsyncRead for PatientStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, room)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for PatientStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_send(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_send(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Called when all that there was is with the client.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_owed(context))?;
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        self.waiting = None;
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_owed(context))?;
        ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
        self.poll_farewell(context).map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::{Instant, interval};

    use super::*;

    /// A client takes so much at a time of 1,000 bytes, every 20 ms, and must take 100 in 400 ms; gives what it got.
    async fn taken(at_a_time: usize) -> (usize, Result<(), io::ErrorKind>) {
        let patience =
            Patience { answer: Duration::from_millis(400), least_bytes: 100, ..Patience::default() };
        let (near, mut far) = duplex(16);
        let sending = tokio::spawn(async move {
            let mut stream = PatientStream::new(near, patience);
            stream.write_all(&[7; 1000]).await.map_err(|error| error.kind())
        });
        let (mut got, mut room, mut ticks) = (0, vec![0; at_a_time], interval(Duration::from_millis(20)));
        loop {
            ticks.tick().await;
            match far.read(&mut room).await.unwrap() {
                0 => break,
                bytes => got += bytes,
            }
        }
        (got, sending.await.unwrap())
    }

    #[tokio::test]
    async fn who_drips_is_left_and_who_is_slow_is_not() {
        let begun = Instant::now();
        // 20 bytes in each span: some, but too few.
        let (got, sent) = taken(1).await;
        assert!(sent == Err(io::ErrorKind::TimedOut) && got < 100, "{got} {sent:?}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        // 320 bytes in each of three spans.
        let begun = Instant::now();
        assert_eq!(taken(16).await, (1000, Ok(())));
        assert!(begun.elapsed() > Duration::from_secs(1), "{:?}", begun.elapsed());
    }

    #[test]
    fn only_bare_refusals_get_a_reason() {
        for (head, expected) in [
            ("HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\n\r\n", true),
            ("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\ndate: x\r\n\r\n", true),
            ("HTTP/1.1 400 Bad Request\r\ncontent-type: text/html\r\ncontent-length: 0\r\n\r\n", false),
            ("HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}", false),
            ("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", false),
            ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", false),
        ] {
            assert_eq!(with_reason(head.as_bytes()).is_some(), expected, "{head}");
        }
    }
}
