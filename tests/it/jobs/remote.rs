//! A server on this machine that answers as a script says, and breaks off, hangs or never ends where told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use stadtwin::jobs::{AllowList, Fetch, Supply};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// What follows the bytes of a reply.
#[derive(Debug, Clone, Copy)]
pub enum Then {
    Close,
    /// Nothing, and the line stays open.
    Hang,
    /// A byte now and then.
    Drip,
    /// As much as the line takes.
    Flood,
}

pub type Reply = (Vec<u8>, Then);

pub struct Remote {
    /// `http://127.0.0.1:port`, or `https`
    pub url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Remote {
    /// `script`: number of the request, from 0, and its text in lower case.
    pub async fn start(script: impl Fn(usize, &str) -> Reply + Send + Sync + 'static) -> Remote {
        Remote::listen(None, script).await
    }

    /// The same over TLS.
    pub async fn start_secure(
        acceptor: TlsAcceptor,
        script: impl Fn(usize, &str) -> Reply + Send + Sync + 'static,
    ) -> Remote {
        Remote::listen(Some(acceptor), script).await
    }

    async fn listen(
        acceptor: Option<TlsAcceptor>,
        script: impl Fn(usize, &str) -> Reply + Send + Sync + 'static,
    ) -> Remote {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if acceptor.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (script, record) = (Arc::new(script), asked.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, record, acceptor) = (script.clone(), record.clone(), acceptor.clone());
                tokio::spawn(async move {
                    match acceptor {
                        Some(acceptor) => serve(acceptor.accept(stream).await?, &*script, &record).await,
                        None => serve(stream, &*script, &record).await,
                    }
                });
            }
        });
        Remote { url, asked }
    }

    /// Requests so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Fetches from this server alone, with little patience.
    pub fn fetch(&self) -> Fetch {
        Fetch {
            allow: AllowList::new(&[format!("{}/data/", self.url)]).unwrap(),
            limit_bytes: 1_000_000,
            total: Duration::from_secs(3),
            idle: Duration::from_millis(300),
            pause: Duration::from_millis(1),
        }
    }

    pub fn supply(&self) -> Supply {
        Supply { fetch: self.fetch(), mirrors: Vec::new() }
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    script: &(dyn Fn(usize, &str) -> Reply + Send + Sync),
    record: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await?);
    }
    let request = String::from_utf8_lossy(&request).to_lowercase();
    let number = {
        let mut asked = record.lock().unwrap();
        asked.push(request.clone());
        asked.len() - 1
    };
    let (bytes, then) = script(number, &request);
    stream.write_all(&bytes).await?;
    match then {
        Then::Close => stream.shutdown().await,
        Then::Hang => std::future::pending().await,
        Then::Drip => loop {
            stream.write_all(b"x").await?;
            tokio::time::sleep(Duration::from_millis(50)).await;
        },
        Then::Flood => loop {
            stream.write_all(&[b'x'; 16_384]).await?;
        },
    }
}

/// An answer with these headers (each ending in `\r\n`) and all of its body.
pub fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = head(status, headers, body.len());
    bytes.extend_from_slice(body);
    bytes
}

pub fn head(status: &str, headers: &str, length: usize) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n").into_bytes()
}
