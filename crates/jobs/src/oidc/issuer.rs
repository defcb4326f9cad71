//! What an issuer publishes: its configuration, and its keys.

use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::fetch::{Address, small};

/// Longest document [bytes].
const MOST_BYTES: usize = 1 << 20;
/// Longest time for one document.
const PATIENCE: Duration = Duration::from_secs(5);

/// An address that an issuer may have: https, or http on this machine; nothing behind `?`.
pub fn check_issuer_url(url: &str) -> anyhow::Result<()> {
    address(url)?;
    if url.contains('?') {
        bail!("`{url}` has a query, which an issuer has not");
    }
    Ok(())
}

/// Scheme, host and port, as browsers write an origin: `https://login.example`.
pub fn issuer_origin(url: &str) -> anyhow::Result<String> {
    let address = address(url)?;
    // It comes to stand in a header: nothing there may end it.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
    if !address.host.bytes().all(is_plain) {
        bail!("`{}` is no name of a host", address.host);
    }
    Ok(format!("{}://{}", if address.is_tls { "https" } else { "http" }, address.authority()))
}

/// Where an issuer tells of itself (OpenID Connect Discovery 1.0, 4).
pub fn configuration_url(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
}

/// The JSON Web Key Set by OpenID Connect Discovery 1.0.
pub async fn key_set(issuer: &str) -> anyhow::Result<Value> {
    let configuration = document(&configuration_url(issuer)).await?;
    // Section 4.3: to the letter.
    if configuration["issuer"] != issuer {
        bail!("the configuration of `{issuer}` speaks of another issuer");
    }
    let keys = configuration["jwks_uri"].as_str();
    document(keys.context("the configuration names no `jwks_uri`")?).await
}

async fn document(url: &str) -> anyhow::Result<Value> {
    let bytes = small(&address(url)?, MOST_BYTES, PATIENCE).await?;
    serde_json::from_slice(&bytes).with_context(|| format!("`{url}` answered no JSON"))
}

fn address(url: &str) -> anyhow::Result<Address> {
    let address = Address::parse(url)?;
    let is_here = address.host == "localhost"
        || address.host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    if !address.is_tls && !is_here {
        bail!("`{url}` is not https: only an issuer on this machine may do without");
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::{check_issuer_url, issuer_origin};

    #[test]
    fn origins_are_those_of_browsers() {
        for (url, origin) in [
            ("https://Login.example/realms/city", "https://login.example"),
            ("https://login.example:443/", "https://login.example"),
            ("https://login.example:8443/a;b", "https://login.example:8443"),
            ("http://127.0.0.1:4000", "http://127.0.0.1:4000"),
            ("http://localhost:80/a", "http://localhost"),
            ("http://[::1]:4000", "http://[::1]:4000"),
        ] {
            assert_eq!(issuer_origin(url).unwrap(), origin, "{url}");
        }
        for url in
            ["https://a;script-src", "https://a,b.example", "https://*.example", "http://login.example"]
        {
            assert!(issuer_origin(url).is_err(), "{url}");
        }
    }

    #[test]
    fn issuers_are_secure_or_local() {
        for (url, is_good) in [
            ("https://login.example/realms/nordallianz", true),
            ("http://127.0.0.1:4000", true),
            ("http://localhost:4000/a", true),
            ("http://[::1]:4000", true),
            ("http://login.example", false),
            ("http://10.0.0.1", false),
            ("http://localhost.example", false),
            ("https://login.example/?a=b", false),
            ("https://login.example/#a", false),
            ("https://user:word@login.example/", false),
            ("ftp://login.example", false),
            ("login.example", false),
        ] {
            assert_eq!(check_issuer_url(url).is_ok(), is_good, "{url}");
        }
    }
}
