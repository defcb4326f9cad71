//! Small documents, whole and into memory: from exactly the address asked for, without redirects.

use std::time::Duration;

use anyhow::{anyhow, bail};
use http_body_util::{BodyExt, Limited};
use hyper::StatusCode;

use super::allow::{Address, AllowList};
use super::client::{self, Rest};

/// Bytes of the document. Its host is one that an administrator named, and may be in any network.
pub async fn small(address: &Address, limit_bytes: usize, total: Duration) -> anyhow::Result<Vec<u8>> {
    let everywhere = AllowList::new(&["0.0.0.0/0".to_owned(), "::/0".to_owned()])?;
    let work = async {
        let got = client::get(&everywhere, address, &Rest::default(), total).await?;
        if got.response.status() != StatusCode::OK {
            bail!("`{address}` answered {}", got.response.status());
        }
        let (connection, body) = got.into_body();
        let body = Limited::new(body, limit_bytes).collect().await;
        drop(connection);
        let body = body.map_err(|error| anyhow!("`{address}` broke off or is too long: {error}"))?;
        Ok(body.to_bytes().to_vec())
    };
    tokio::time::timeout(total, work)
        .await
        .map_err(|_| anyhow!("`{address}` did not answer within {} s", total.as_secs()))?
}
