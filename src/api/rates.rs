//! How often somebody may ask: a bucket of requests for each caller, in memory, that fills again steadily.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, StatusCode};
use moka::sync::Cache;

use super::error::ApiError;

/// Callers remembered.
const CALLERS: u64 = 100_000;
/// Requests at once after a pause, as seconds of the steady rate: a viewer opens with hundreds of tiles.
const BURST_S: f64 = 10.0;
/// A bucket is full again by then.
const IDLE: Duration = Duration::from_secs(60);

/// Where a request came from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Client(pub Option<IpAddr>);

impl Client {
    /// Whose bucket it is: the address of the client, told by the proxy where one on this machine or in a private
    /// network stands before. `None` for this machine itself, which is not limited.
    pub fn key(&self, headers: &HeaderMap) -> Option<String> {
        let peer = self.0?.to_canonical();
        let is_near = match peer {
            IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
            IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
        };
        let told = headers.get_all("x-forwarded-for").iter().next_back();
        // The nearest proxy wrote the last.
        let told =
            told.and_then(|list| list.to_str().ok()?.rsplit(',').next()?.trim().parse::<IpAddr>().ok());
        match told.filter(|_| is_near) {
            Some(told) => Some(told.to_canonical().to_string()),
            None if peer.is_loopback() => None,
            None => Some(peer.to_string()),
        }
    }

    /// For logs of who did what.
    pub fn origin(&self, headers: &HeaderMap) -> String {
        let here = || self.0.map_or_else(|| "unknown".to_owned(), |ip| ip.to_string());
        self.key(headers).unwrap_or_else(here)
    }
}

#[derive(Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

/// The buckets of all callers.
#[derive(Debug)]
pub struct Rates {
    /// Requests a second; 0: as many as they like.
    per_second: f64,
    buckets: Cache<String, Arc<Mutex<Bucket>>>,
}

impl Rates {
    pub fn new(per_second: u32) -> Rates {
        let buckets = Cache::builder().max_capacity(CALLERS).time_to_idle(IDLE).build();
        Rates { per_second: f64::from(per_second), buckets }
    }

    /// Takes one request out of the bucket; 429 where it is empty.
    pub fn take(&self, key: Option<&str>) -> Result<(), ApiError> {
        let Some(key) = key.filter(|_| self.per_second > 0.0) else { return Ok(()) };
        let most = self.per_second * BURST_S;
        let full = || Arc::new(Mutex::new(Bucket { left: most, at: Instant::now() }));
        let bucket = self.buckets.get_with_by_ref(key, full);
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let come = now.duration_since(bucket.at).as_secs_f64() * self.per_second;
        bucket.left = (bucket.left + come).min(most);
        bucket.at = now;
        if bucket.left >= 1.0 {
            bucket.left -= 1.0;
            return Ok(());
        }
        let wait_s = ((1.0 - bucket.left) / self.per_second).ceil().max(1.0);
        let per_second = self.per_second;
        let detail =
            format!("more than {per_second} requests a second for a while: wait as `Retry-After` says");
        Err(ApiError::later(StatusCode::TOO_MANY_REQUESTS, detail, wait_s as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_of_clients_not_of_proxies() {
        for (peer, forwarded, expected) in [
            ("127.0.0.1", "", None),
            ("::1", "", None),
            ("127.0.0.1", "203.0.113.7", Some("203.0.113.7")),
            ("127.0.0.1", "198.51.100.1, 203.0.113.7", Some("203.0.113.7")),
            ("10.0.0.5", "203.0.113.7", Some("203.0.113.7")),
            ("10.0.0.5", "", Some("10.0.0.5")),
            // Whoever is far away speaks for nobody else.
            ("198.51.100.9", "203.0.113.7", Some("198.51.100.9")),
            ("::ffff:198.51.100.9", "", Some("198.51.100.9")),
            ("127.0.0.1", "unknown", None),
        ] {
            let mut headers = HeaderMap::new();
            if !forwarded.is_empty() {
                headers.insert("x-forwarded-for", forwarded.parse().unwrap());
            }
            let client = Client(Some(peer.parse().unwrap()));
            assert_eq!(client.key(&headers).as_deref(), expected, "{peer} {forwarded}");
        }
    }

    #[test]
    fn a_bucket_empties_and_others_do_not() {
        let rates = Rates::new(1);
        for _ in 0..10 {
            assert!(rates.take(Some("a")).is_ok());
        }
        assert!(matches!(rates.take(Some("a")), Err(ApiError::Explained { retry_after: Some(1), .. })));
        assert!(rates.take(Some("b")).is_ok() && rates.take(None).is_ok());
        let unlimited = Rates::new(0);
        assert!((0..1_000).all(|_| unlimited.take(Some("a")).is_ok()));
    }
}
