//! Files from other servers: from a list of addresses alone, bounded in size and time, and gone on with where the line broke.

mod allow;
mod client;
mod partial;
mod small;

pub use allow::{Address, AllowList};
pub(crate) use client::{ask, post};
pub use small::small;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use http_body_util::BodyExt;
use hyper::{HeaderMap, StatusCode, header};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use client::{Got, Hopeless};
use partial::Partial;

/// Redirects followed.
const HOPS: usize = 5;
/// Attempts in a row that bring nothing.
const TRIES: u32 = 5;

/// How files are fetched.
#[derive(Debug, Clone)]
pub struct Fetch {
    pub allow: AllowList,
    /// Largest file [bytes].
    pub limit_bytes: u64,
    /// Longest time for one file.
    pub total: Duration,
    /// Longest silence.
    pub idle: Duration,
    /// Before the second attempt; doubled with each further one that brings nothing.
    pub pause: Duration,
}

impl Default for Fetch {
    /// Fetches nothing: the list is empty.
    fn default() -> Fetch {
        Fetch {
            allow: AllowList::default(),
            limit_bytes: 20 << 30,
            total: Duration::from_secs(6 * 3600),
            idle: Duration::from_secs(60),
            pause: Duration::from_secs(1),
        }
    }
}

/// Why an attempt did not bring the whole file.
enum Fault {
    /// Another attempt may.
    Passing(anyhow::Error),
    /// None will.
    Lasting(anyhow::Error),
}

impl Fetch {
    /// Brings the file to `to`, going on with what lies there of it already. `size_bytes`: what it must be.
    pub async fn fetch(&self, url: &str, to: &Path, size_bytes: Option<u64>) -> anyhow::Result<()> {
        let address = self.allow.check(url)?;
        let told = |error: anyhow::Error| error.context(format!("`{address}` could not be fetched"));
        let limit = size_bytes.map_or(self.limit_bytes, |size| size.min(self.limit_bytes));
        let mut partial = Partial::open(to, &address).await.map_err(told)?;
        let deadline = Instant::now() + self.total;
        let mut fruitless = 0;
        loop {
            let before = partial.length;
            let fault = match timeout_at(deadline, self.attempt(&address, &mut partial, limit)).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(Fault::Lasting(error))) => return Err(told(error)),
                Ok(Err(Fault::Passing(error))) => error,
                Err(_) => bail!(
                    "`{address}` took longer than {} s, {} bytes have come; allow more with `--fetch-timeout`",
                    self.total.as_secs(),
                    partial.length
                ),
            };
            // What has come stays, also for another process.
            partial.flush().await.map_err(told)?;
            fruitless = if partial.length > before { 1 } else { fruitless + 1 };
            if fruitless >= TRIES {
                return Err(told(fault.context(format!("given up after {TRIES} attempts"))));
            }
            tracing::info!(address = %address, size_bytes = partial.length, "A download broke off and goes on: {fault:#}");
            sleep(self.pause * 2_u32.pow(fruitless - 1)).await;
        }
    }

    async fn attempt(&self, address: &Address, partial: &mut Partial, limit: u64) -> Result<(), Fault> {
        let mut got = self.answer(address, partial).await?;
        let head = got.response.headers().clone();
        match got.response.status() {
            StatusCode::PARTIAL_CONTENT if starts_at(&head) == Some(partial.length) => {}
            StatusCode::OK => partial.restart(&head).await.map_err(Fault::Lasting)?,
            // The file is another one, or whole; asked anew it tells.
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
                partial.forget().await.map_err(Fault::Lasting)?;
                return Err(Fault::Passing(anyhow!("the server cannot go on where it broke off")));
            }
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                return Err(Fault::Passing(anyhow!("the server answered {status}")));
            }
            status => return Err(Fault::Lasting(anyhow!("the server answered {status}"))),
        }
        if partial.total.is_some_and(|total| total > limit) {
            let total = partial.total.unwrap_or_default();
            return Err(Fault::Lasting(anyhow!("it has {total} bytes, and {limit} are allowed")));
        }
        self.receive(&mut got, partial, limit).await
    }

    /// The last answer after redirects, each of which must be on the list.
    async fn answer(&self, address: &Address, partial: &Partial) -> Result<Got, Fault> {
        let mut address = address.clone();
        for _ in 0..=HOPS {
            let got =
                client::get(&self.allow, &address, &partial.rest(), self.idle).await.map_err(|error| {
                    if error.is::<Hopeless>() { Fault::Lasting(error) } else { Fault::Passing(error) }
                })?;
            if !got.response.status().is_redirection() {
                return Ok(got);
            }
            let location = text(got.response.headers(), header::LOCATION);
            let next = location.context("the server redirects to nowhere").and_then(|to| address.join(to));
            address = next
                .and_then(|next| self.allow.check(&next.whole()).map(|_| next))
                .map_err(|error| Fault::Lasting(error.context("it redirects to another address")))?;
        }
        Err(Fault::Lasting(anyhow!("it redirects more than {HOPS} times")))
    }

    async fn receive(&self, got: &mut Got, partial: &mut Partial, limit: u64) -> Result<(), Fault> {
        let body = got.response.body_mut();
        loop {
            let frame = timeout(self.idle, body.frame()).await;
            let frame = frame
                .map_err(|_| Fault::Passing(anyhow!("nothing came for {} s", self.idle.as_secs_f64())))?;
            let Some(frame) = frame else { break };
            let frame = frame.map_err(|error| Fault::Passing(anyhow!(error).context("the line broke")))?;
            let Ok(bytes) = frame.into_data() else { continue };
            if partial.length + bytes.len() as u64 > limit {
                return Err(Fault::Lasting(anyhow!("it is larger than the {limit} bytes allowed")));
            }
            partial.write(&bytes).await.map_err(Fault::Lasting)?;
        }
        partial.flush().await.map_err(Fault::Lasting)?;
        match partial.total {
            Some(total) if partial.length < total => {
                Err(Fault::Passing(anyhow!("{} of {total} bytes came", partial.length)))
            }
            _ => Ok(()),
        }
    }
}

/// First byte of a partial answer: `bytes 5-9/10`.
fn starts_at(head: &HeaderMap) -> Option<u64> {
    text(head, header::CONTENT_RANGE)?.strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
}

fn text(head: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    head.get(name)?.to_str().ok()
}
