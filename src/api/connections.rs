//! Connections of clients: how many, and how long the server waits for each.

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::patient_stream::PatientStream;
use super::rates::Client;

/// Fewer than the files that a process may have open (1024 as a rule).
const MOST: usize = 768;
/// Longest head of a request [bytes].
pub const LONGEST_HEAD: usize = 128 * 1024;
/// After a failure to take a connection, such as for want of files.
const BREATH: Duration = Duration::from_millis(200);

/// How long the server waits for clients, and for how many.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the whole head of the next request.
    pub head: Duration,
    /// For a client to take as much more of an answer as it must.
    pub answer: Duration,
    /// What a client must take of an answer in that time.
    pub least_bytes: usize,
    /// Connections at a time; who comes then waits.
    pub most: usize,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            head: Duration::from_secs(30),
            answer: Duration::from_secs(60),
            least_bytes: 64 * 1024,
            most: MOST,
        }
    }
}

/// Answers connections until `stopping` comes, then finishes the requests under way.
pub async fn answer(
    listener: TcpListener,
    router: Router,
    patience: Patience,
    stopping: impl Future<Output = ()> + Send,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience.head).max_header_size(LONGEST_HEAD);
    let service = TowerToHyperService::new(router);
    let (places, graceful) = (Arc::new(Semaphore::new(patience.most)), GracefulShutdown::new());
    let mut stopping = std::pin::pin!(stopping);
    loop {
        let taken = tokio::select! {
            taken = take(&listener, &places) => taken,
            () = &mut stopping => break,
        };
        let (stream, peer, place) = match taken {
            Ok(taken) => taken,
            Err(error) => {
                tracing::warn!(%error, "A connection could not be taken");
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        let stream = PatientStream::new(stream, patience);
        let (service, client) = (service.clone(), Client(peer));
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(client);
            service.call(request)
        });
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A client that goes, is slow or speaks no HTTP is no fault of the server.
            if let Err(error) = connection.await {
                tracing::debug!(%error, "A connection ended");
            }
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// A connection with its place among all.
async fn take(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, Option<IpAddr>, tokio::sync::OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.map_err(std::io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    // Answers are written whole.
    stream.set_nodelay(true)?;
    Ok((stream, Some(peer.ip()), place))
}
