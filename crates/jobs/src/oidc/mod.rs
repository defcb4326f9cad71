//! Tokens of OpenID Connect issuers: checked against the keys that the issuer publishes, and read for who somebody is here.

mod claims;
mod issuer;
mod keys;
mod verify;

pub use issuer::{check_issuer_url, configuration_url, issuer_origin};

use std::time::Duration;

use serde_json::Value;

use keys::Keys;
use stadtwin_access::{Caller, Membership};
use stadtwin_store::{Issuer, Store, StoreError};

/// Longest token [bytes].
const MOST_BYTES: usize = 16 * 1024;

/// Why a token makes nobody known.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Its bearer must get another one. The text is for them and holds nothing of the token.
    #[error("{0}")]
    Invalid(&'static str),
    /// Nothing can be said now.
    #[error("the keys of the issuer cannot be fetched: {0:#}")]
    Unavailable(anyhow::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The keys of all issuers, kept between requests.
#[derive(Debug)]
pub struct Issuers {
    keys: Keys,
}

impl Default for Issuers {
    fn default() -> Issuers {
        Issuers::with_pause(Duration::from_secs(30))
    }
}

impl Issuers {
    /// `pause`: between two questions to one issuer at the least, whatever tokens name.
    pub fn with_pause(pause: Duration) -> Issuers {
        Issuers { keys: Keys::new(pause) }
    }

    /// Who the token says that its bearer is.
    pub async fn caller(&self, store: &Store, token: &str) -> Result<Caller, TokenError> {
        if token.len() > MOST_BYTES {
            return Err(TokenError::Invalid("the token is too long"));
        }
        let glance = verify::glance(token)?;
        let issuer = store.issuer(&glance.issuer).await?;
        let issuer = issuer.ok_or(TokenError::Invalid("the issuer of the token is not known here"))?;
        let mut keys = self.keys.of(&issuer.url).await?;
        if verify::key(&keys, &glance).is_none() {
            keys = self.keys.renewed(&issuer.url).await?;
        }
        let key = verify::key(&keys, &glance)
            .ok_or(TokenError::Invalid("the token is signed with a key that its issuer does not publish"))?;
        let claims = verify::claims(token, key, &glance, &issuer)?;
        caller(store, &issuer, &claims).await
    }
}

async fn caller(store: &Store, issuer: &Issuer, claims: &Value) -> Result<Caller, TokenError> {
    let subject = claims["sub"].as_str().filter(|subject| !subject.is_empty());
    let subject = subject.ok_or(TokenError::Invalid("the token has no `sub`"))?;
    let mut memberships = claims::memberships(issuer, claims);
    let named: Vec<String> = memberships.iter().map(|one: &Membership| one.organization.clone()).collect();
    let known = if named.is_empty() { Vec::new() } else { store.known_organizations(&named).await? };
    memberships.retain(|membership| known.contains(&membership.organization));
    Ok(Caller {
        subject: format!("{}|{subject}", issuer.url),
        name: claims::name(claims).unwrap_or(subject).to_owned(),
        memberships,
        scopes: claims::scopes(issuer, claims),
    })
}
