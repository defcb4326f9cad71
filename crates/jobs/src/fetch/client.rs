//! One request on one connection: to an address of the network that was judged before, with the bounds of `Fetch`. No
//! proxies, no cookies, no redirects, no reuse.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::{Request, Response, header};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

use super::allow::{Address, AllowList};

/// Longest time to a connection, TLS included.
const CONNECT: Duration = Duration::from_secs(20);
/// Largest head of an answer [bytes].
const HEAD_BYTES: usize = 64 * 1024;

trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// An answer whose connection lives as long as it.
pub struct Got {
    pub response: Response<Incoming>,
    _connection: JoinSet<()>,
}

impl Got {
    /// The body, and what it needs to live.
    pub fn into_body(self) -> (JoinSet<()>, Incoming) {
        (self._connection, self.response.into_body())
    }
}

/// What is asked for beside the address.
#[derive(Debug, Clone, Default)]
pub struct Rest {
    /// Bytes that are here already.
    pub from: u64,
    /// The file is only gone on with if this still holds: an entity tag or a date.
    pub validator: Option<String>,
}

/// Sends a JSON document, and gives the status of the answer.
pub async fn post(
    list: &AllowList,
    address: &Address,
    body: Bytes,
    own: &[(&'static str, String)],
    patience: Duration,
) -> anyhow::Result<u16> {
    Ok(ask(list, address, body, own, patience, 0).await?.0)
}

/// Sends a JSON document, and gives the status of the answer with the beginning of its body.
pub async fn ask(
    list: &AllowList,
    address: &Address,
    body: Bytes,
    own: &[(&'static str, String)],
    patience: Duration,
    most_bytes: usize,
) -> anyhow::Result<(u16, Vec<u8>)> {
    let mut request = Request::post(address.path.as_str())
        .header(header::HOST, address.authority())
        .header(header::USER_AGENT, concat!("stadtwin/", env!("CARGO_PKG_VERSION")))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONNECTION, "close");
    for (name, value) in own {
        request = request.header(*name, value);
    }
    let request = request.body(Full::new(body))?;
    let sending = async {
        let wire = connect(list, address).await?;
        let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
            .max_buf_size(HEAD_BYTES)
            .handshake(TokioIo::new(wire))
            .await?;
        let mut own = JoinSet::new();
        own.spawn(async move { drop(connection.await) });
        let response = sender.send_request(request).await?;
        let status = response.status().as_u16();
        let mut body = response.into_body();
        let mut answer = Vec::new();
        while answer.len() < most_bytes
            && let Some(frame) = body.frame().await
        {
            answer.extend_from_slice(frame?.data_ref().map_or(&[], |data| data));
        }
        answer.truncate(most_bytes);
        anyhow::Ok((status, answer))
    };
    tokio::time::timeout(patience, sending)
        .await
        .map_err(|_| anyhow!("no answer within {} s", patience.as_secs_f64()))?
}

pub async fn get(
    list: &AllowList,
    address: &Address,
    rest: &Rest,
    patience: Duration,
) -> anyhow::Result<Got> {
    let wire = tokio::time::timeout(CONNECT, connect(list, address))
        .await
        .map_err(|_| anyhow!("no connection within {} s", CONNECT.as_secs()))??;
    let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
        .max_buf_size(HEAD_BYTES)
        .handshake(TokioIo::new(wire))
        .await?;
    let mut own = JoinSet::new();
    // Its end is told by the answer's body.
    own.spawn(async move { drop(connection.await) });
    let mut request = Request::get(address.path.as_str())
        .header(header::HOST, address.authority())
        .header(header::USER_AGENT, concat!("stadtwin/", env!("CARGO_PKG_VERSION")))
        .header(header::ACCEPT, "*/*")
        .header(header::ACCEPT_ENCODING, "identity")
        .header(header::CONNECTION, "close");
    if rest.from > 0 {
        request = request.header(header::RANGE, format!("bytes={}-", rest.from));
        if let Some(validator) = &rest.validator {
            request = request.header(header::IF_RANGE, validator);
        }
    }
    let response = tokio::time::timeout(patience, sender.send_request(request.body(Empty::<Bytes>::new())?))
        .await
        .map_err(|_| anyhow!("no answer within {} s", patience.as_secs_f64()))??;
    Ok(Got { response, _connection: own })
}

/// To the first address of the host that may be spoken to and answers.
async fn connect(list: &AllowList, address: &Address) -> anyhow::Result<Box<dyn Wire>> {
    let host = address.host.as_str();
    let found: Vec<SocketAddr> = tokio::net::lookup_host((host, address.port))
        .await
        .with_context(|| format!("the host `{host}` is not found"))?
        .collect();
    let usable: Vec<_> = found.iter().filter(|found| list.may_contact(address, found.ip())).collect();
    if usable.is_empty() {
        let ips: Vec<IpAddr> = found.iter().map(SocketAddr::ip).collect();
        bail!(Hopeless(format!(
            "the host `{host}` has no public address ({ips:?}): if that is meant, allow its network too, for example \
             `--import-allow 10.1.0.0/16`"
        )));
    }
    let mut last = io::Error::other("no address");
    for socket in usable {
        match TcpStream::connect(socket).await {
            Ok(stream) => return secure(address, stream).await,
            Err(error) => last = error,
        }
    }
    Err(last).with_context(|| format!("`{host}` cannot be reached"))
}

async fn secure(address: &Address, stream: TcpStream) -> anyhow::Result<Box<dyn Wire>> {
    if !address.is_tls {
        return Ok(Box::new(stream));
    }
    let name = ServerName::try_from(address.host.clone())?;
    let stream =
        connector()?.connect(name, stream).await.map_err(|error| not_secure(&address.host, error))?;
    Ok(Box::new(stream))
}

fn not_secure(host: &str, error: io::Error) -> anyhow::Error {
    let cause = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    if let Some(rustls::Error::InvalidCertificate(reason)) = cause {
        return Hopeless(format!(
            "the certificate of `{host}` is not trusted ({reason}): if its authority is one of your own, add that to \
             those of the system, or name its file in SSL_CERT_FILE"
        ))
        .into();
    }
    anyhow!(error).context(format!("no secure connection to `{host}`"))
}

/// Trusts whom the system trusts.
fn connector() -> anyhow::Result<TlsConnector> {
    static CONFIG: OnceLock<Option<Arc<ClientConfig>>> = OnceLock::new();
    let config = CONFIG.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let is_empty = roots.is_empty();
        let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        (!is_empty).then(|| Arc::new(config))
    });
    let config = config.clone().ok_or_else(|| {
        Hopeless(
            "this system has no certificates of authorities: install its package `ca-certificates`, or name a file in \
             SSL_CERT_FILE"
                .to_owned(),
        )
    })?;
    Ok(TlsConnector::from(config))
}

/// Trying again changes nothing.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Hopeless(String);
