//! Signatures of the RFCs' own examples, and what must never pass.

use serde_json::json;

use super::*;

/// RFC 8037, appendix A: the key, and a JWS over `Example of Ed25519 signing`.
const ED_X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
/// RFC 7515, A.3: the key of its ES256 example, whose claims are {"iss":"joe","exp":1300819380,…}.
const EC_X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
const EC_Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
const EC_TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9.\
    eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
    DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
/// RFC 7515, A.1: HS256.
const HS_TOKEN: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
    eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
    dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// RFC 7515, A.5: not signed at all.
const BARE_TOKEN: &str = "eyJhbGciOiJub25lIn0.\
    eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.";

fn ec() -> Value {
    json!({ "kty": "EC", "crv": "P-256", "x": EC_X, "y": EC_Y })
}

fn reason<T>(result: Result<T, TokenError>) -> &'static str {
    match result {
        Err(TokenError::Invalid(reason)) => reason,
        _ => "",
    }
}

#[test]
fn only_signatures_by_public_keys_are_looked_at() {
    assert!(reason(glance(HS_TOKEN)).contains("RS256"));
    assert_eq!(reason(glance(BARE_TOKEN)), "this is no token that is known here");
    for wrong in ["", "a", "a.b.c", "..", "e30.e30.", "stw_x"] {
        assert!(!reason(glance(wrong)).is_empty(), "{wrong}");
    }
    let found = glance(EC_TOKEN).unwrap();
    assert_eq!((found.issuer.as_str(), found.algorithm, found.key_id), ("joe", Algorithm::ES256, None));
}

#[test]
fn the_signature_comes_before_the_claims() {
    let joe = Issuer { url: "joe".into(), audience: "us".into(), ..Issuer::default() };
    let glance = glance(EC_TOKEN).unwrap();
    let own = key(&[ec()], &glance).unwrap();
    // The signature holds; what it signs is of 2011 and lacks `aud`.
    let found = reason(claims(EC_TOKEN, own.clone(), &glance, &joe));
    assert!(found.contains("lacks") || found.contains("expired"), "{found}");
    let changed = EC_TOKEN.replace("eyJpc3Mi", "eyJpc3Nj");
    assert_eq!(reason(claims(&changed, own.clone(), &glance, &joe)), "the signature of the token is wrong");
    let mut cut = EC_TOKEN.to_owned();
    cut.truncate(cut.len() - 2);
    assert_eq!(reason(claims(&cut, own, &glance, &joe)), "the signature of the token is wrong");
}

#[test]
fn keys_fit_by_name_kind_and_use() {
    let glance = |key_id: Option<&str>| Glance {
        issuer: "joe".into(),
        algorithm: Algorithm::ES256,
        key_id: key_id.map(str::to_owned),
    };
    let ed = json!({ "kty": "OKP", "crv": "Ed25519", "x": ED_X });
    let with = |members: Value| {
        let mut key = ec();
        key.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        key
    };
    for (keys, key_id, is_found) in [
        (vec![ec()], None, true),
        (vec![ed.clone(), json!({"kty": "new"}), json!(7), ec()], None, true),
        (vec![ec(), ec()], None, false),
        (vec![ed], None, false),
        (vec![with(json!({"kid": "a"}))], Some("a"), true),
        (vec![with(json!({"kid": "a"}))], Some("b"), false),
        (vec![ec()], Some("a"), false),
        (vec![with(json!({"use": "enc"}))], None, false),
        (vec![with(json!({"use": "sig", "alg": "ES256"}))], None, true),
        (vec![with(json!({"alg": "ES384"}))], None, false),
        // A shared secret never is a key, though it has the name.
        (vec![json!({"kty": "oct", "k": "AyM1", "kid": "a"})], Some("a"), false),
        (Vec::new(), None, false),
    ] {
        assert_eq!(key(&keys, &glance(key_id)).is_some(), is_found, "{keys:?} {key_id:?}");
    }
}
