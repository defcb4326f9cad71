//! JSON Web Tokens: signature, issuer, audience and times. The one place that knows `jsonwebtoken`, with `ring` for the
//! arithmetic, which TLS has linked already.

use std::sync::Once;

use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::signature::{Error, Verifier};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind, Validation};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde_json::Value;

use super::TokenError;
use stadtwin_store::Issuer;

/// Those that are taken; never none, never one whose key is a shared secret.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];
/// How far clocks may differ [s].
const LEEWAY_S: u64 = 60;

/// What a token says of itself before it is believed.
pub struct Glance {
    pub issuer: String,
    algorithm: Algorithm,
    key_id: Option<String>,
}

/// Looks at a token without believing it.
pub fn glance(token: &str) -> Result<Glance, TokenError> {
    let no_token = |_| TokenError::Invalid("this is no token that is known here");
    let header = jsonwebtoken::decode_header(token).map_err(no_token)?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(TokenError::Invalid(
            "the token is signed in a way that is not taken: RS256, ES256 and EdDSA are",
        ));
    }
    // RFC 7515, 4.1.11: what must be understood and is not makes it invalid.
    if header.crit.is_some() {
        return Err(TokenError::Invalid("the token demands extensions that are not known here"));
    }
    let claims: Value = jsonwebtoken::dangerous::insecure_decode_claims(token).map_err(no_token)?;
    let issuer = claims["iss"].as_str().ok_or(TokenError::Invalid("the token has no `iss`"))?;
    Ok(Glance { issuer: issuer.to_owned(), algorithm: header.alg, key_id: header.kid })
}

/// The key that the token names; where it names none, the only one that fits.
pub fn key(keys: &[Value], glance: &Glance) -> Option<DecodingKey> {
    let mut fitting = keys.iter().filter_map(|key| fitting(key, glance));
    let first = fitting.next()?;
    (glance.key_id.is_some() || fitting.next().is_none()).then_some(first)
}

fn fitting(key: &Value, glance: &Glance) -> Option<DecodingKey> {
    // What is not understood is somebody else's.
    let jwk: Jwk = serde_json::from_value(key.clone()).ok()?;
    let is_named = glance.key_id.is_none() || jwk.common.key_id == glance.key_id;
    let is_for_signing = !matches!(jwk.common.public_key_use, Some(PublicKeyUse::Encryption));
    let is_for_this = match jwk.common.key_algorithm {
        Some(algorithm) => named(glance.algorithm) == Some(algorithm),
        None => true,
    };
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    let fits = is_named && is_for_signing && is_for_this && key.family() == family(glance.algorithm)?;
    fits.then_some(key)
}

/// As keys name it.
fn named(algorithm: Algorithm) -> Option<KeyAlgorithm> {
    match algorithm {
        Algorithm::RS256 => Some(KeyAlgorithm::RS256),
        Algorithm::ES256 => Some(KeyAlgorithm::ES256),
        Algorithm::EdDSA => Some(KeyAlgorithm::EdDSA),
        _ => None,
    }
}

fn family(algorithm: Algorithm) -> Option<AlgorithmFamily> {
    match algorithm {
        Algorithm::RS256 => Some(AlgorithmFamily::Rsa),
        Algorithm::ES256 => Some(AlgorithmFamily::Ec),
        Algorithm::EdDSA => Some(AlgorithmFamily::Ed),
        _ => None,
    }
}

/// The claims, once all holds.
pub fn claims(token: &str, key: DecodingKey, glance: &Glance, issuer: &Issuer) -> Result<Value, TokenError> {
    install();
    let mut validation = Validation::new(glance.algorithm);
    validation.leeway = LEEWAY_S;
    validation.validate_nbf = true;
    validation.set_issuer(&[&issuer.url]);
    validation.set_audience(&[&issuer.audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let token = jsonwebtoken::decode(token, &key, &validation);
    Ok(token.map_err(|error| TokenError::Invalid(told(error.kind())))?.claims)
}

fn told(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::ExpiredSignature => "the token has expired",
        ErrorKind::ImmatureSignature => "the token does not hold yet",
        ErrorKind::InvalidAudience => "the token is not for this server (`aud`)",
        ErrorKind::InvalidSignature => "the signature of the token is wrong",
        ErrorKind::MissingRequiredClaim(_) => "the token lacks one of `exp`, `iss`, `aud` and `sub`",
        _ => "the token is wrong",
    }
}

/// Verifies; signs nothing.
static RING: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| Err(ErrorKind::UnsupportedAlgorithm.into()),
    verifier_factory: |algorithm, key| {
        if !ALGORITHMS.contains(algorithm) || Some(key.family()) != family(*algorithm) {
            return Err(ErrorKind::InvalidAlgorithm.into());
        }
        Ok(Box::new(RingVerifier { algorithm: *algorithm, key: key.clone() }))
    },
    key_utils: KeyUtils::new_unimplemented(),
};

fn install() {
    static ONCE: Once = Once::new();
    // It fails only where another one is installed, and nobody else does.
    ONCE.call_once(|| {
        let _ = RING.install_default();
    });
}

struct RingVerifier {
    algorithm: Algorithm,
    key: DecodingKey,
}

impl Verifier<Vec<u8>> for RingVerifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), Error> {
        let verified = match (self.algorithm, self.key.kind()) {
            (Algorithm::RS256, DecodingKeyKind::RsaModulusExponent { n, e }) => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
            (Algorithm::ES256, DecodingKeyKind::SecretOrDer(point)) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature)
            }
            (Algorithm::EdDSA, DecodingKeyKind::SecretOrDer(point)) => {
                UnparsedPublicKey::new(&ED25519, point).verify(message, signature)
            }
            _ => Err(ring::error::Unspecified),
        };
        verified.map_err(|_| Error::new())
    }
}

impl JwtVerifier for RingVerifier {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

#[cfg(test)]
mod tests;
