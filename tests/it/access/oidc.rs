//! Tokens of a real OpenID Connect provider: what holds, what does not, and what happens when keys change or it is away.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use stadtwin::access::{Caller, Role};
use stadtwin::api::AppState;
use stadtwin::crs::HeightModel;
use stadtwin::jobs::{Issuers, TokenError};
use stadtwin::store::Store;

use super::command::stadtwin;
use super::provider::Provider;
use crate::http::{Answer, send};
use crate::support::database::{Database, database};
use crate::support::served::start;

const TWIN: &str = "https://twin.example";
/// What batch jobs do with their token.
const IMPORTS: &str = "/collections/buildings/imports";

/// A provider, and a twin that takes its tokens.
struct Town {
    provider: Provider,
    database: Database,
    address: String,
}

impl Town {
    async fn build() -> Town {
        let provider = Provider::start();
        let database = database().await;
        let url = &database.url;
        stadtwin(url, &["organization", "add", "garching", "--name", "Garching"]).unwrap();
        let rules = [
            "--role-claim",
            "roles",
            "--map",
            "PLAN-GAR=garching:planner",
            "--map",
            "PUB-GAR=garching:publisher",
        ];
        let add =
            ["issuer", "add", &provider.issuer, "--audience", TWIN, "--scope", "BATCH=import:buildings"];
        stadtwin(url, &[&add[..], &rules].concat()).unwrap();
        let state = AppState {
            // Without pauses, as tests have none.
            issuers: Arc::new(Issuers::with_pause(Duration::ZERO)),
            ..AppState::new(database.store.clone(), HeightModel::Constant(45.5))
        };
        Town { provider, address: start(state).await, database }
    }

    /// An empty order of an import: 403 for whom the token does not allow it, 400 for whom it does.
    async fn import(&self, token: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        send(&self.address, "POST", IMPORTS, &headers, b"{}").await
    }
}

/// 401 that says why, and by which header.
fn check_refused(answer: &Answer, part: &str) {
    assert_eq!(answer.status, 401, "{part}: {}", answer.text());
    let challenge = answer.header("www-authenticate");
    assert_eq!(challenge, "Bearer realm=\"stadtwin\", error=\"invalid_token\"", "{part}");
    assert!(answer.json()["detail"].as_str().unwrap().contains(part), "{part}: {}", answer.text());
}

async fn caller(store: &Store, token: &str) -> Result<Caller, TokenError> {
    Issuers::default().caller(store, token).await
}

#[tokio::test(flavor = "multi_thread")]
async fn people_and_batch_jobs_are_known_by_their_tokens() {
    let mut town = Town::build().await;
    for algorithm in ["RS256", "ES256", "EdDSA"] {
        town.provider.order(json!({ "do": "algorithm", "name": algorithm }));
        // Authorization code with PKCE: roles by the mapping, and nothing for values that it does not know.
        let token = town.provider.order(json!({ "do": "code" }));
        let anna = caller(&town.database.store, &token).await.unwrap();
        assert_eq!(anna.subject, format!("{}|anna", town.provider.issuer));
        let roles: Vec<_> =
            anna.memberships.iter().map(|one| (one.organization.as_str(), one.role)).collect();
        assert_eq!(roles, [("garching", Role::Planner), ("garching", Role::Publisher)], "{algorithm}");
        assert!(anna.scopes.is_empty());
        let answer = town.import(&token).await;
        assert_eq!(answer.status, 403, "{algorithm}: {}", answer.text());
        // client_credentials: scopes by the mapping.
        let token = town.provider.order(json!({ "do": "credentials" }));
        let batch = caller(&town.database.store, &token).await.unwrap();
        assert_eq!((batch.name.as_str(), batch.memberships.len(), batch.scopes.len()), ("batch", 0, 1));
        let answer = town.import(&token).await;
        assert_eq!(answer.status, 400, "{algorithm}: {}", answer.text());
    }
    town.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_do_not_hold_are_refused() {
    let mut town = Town::build().await;
    for (claims, part) in [
        (json!({}), ""),
        // A minute of leeway, on both sides.
        (json!({ "exp": "-30" }), ""),
        (json!({ "nbf": "30" }), ""),
        (json!({ "exp": "-90" }), "expired"),
        (json!({ "nbf": "90" }), "not hold yet"),
        (json!({ "aud": "https://other.example" }), "`aud`"),
        (json!({ "aud": ["https://other.example", TWIN] }), ""),
        (json!({ "iss": "https://other.example" }), "issuer"),
        (json!({ "iss": format!("{}/", town.provider.issuer) }), "issuer"),
        (json!({ "sub": null }), "`sub`"),
        (json!({ "aud": null }), "lacks"),
        (json!({ "exp": null }), "lacks"),
    ] {
        let token = town.provider.forged(claims.clone());
        let answer = town.import(&token).await;
        match part {
            "" => assert_eq!(answer.status, 403, "{claims}: {}", answer.text()),
            part => check_refused(&answer, part),
        }
    }
    let elsewhere = town.provider.order(json!({ "do": "credentials", "resource": "https://other.example" }));
    check_refused(&town.import(&elsewhere).await, "`aud`");
    let stranger = town.provider.order(json!({ "do": "forged", "claims": {}, "stranger": true }));
    check_refused(&town.import(&stranger).await, "signature");
    let unknown_key = json!({ "do": "forged", "claims": {}, "header": { "kid": "other" } });
    let unknown_key = town.provider.order(unknown_key);
    check_refused(&town.import(&unknown_key).await, "does not publish");
    let whole = town.provider.forged(json!({}));
    let (signed, _) = whole.rsplit_once('.').unwrap();
    check_refused(&town.import(&format!("{signed}.")).await, "signature");
    check_refused(&town.import("a.b.c").await, "no token");
    check_refused(&town.import(&format!("{}.{}", "x".repeat(20_000), whole)).await, "");
    // Who shows nothing is not told of errors; an address with a token is no way to show one (RFC 6750, 2.3).
    let headers = [("content-type", "application/json")];
    let nobody = send(&town.address, "POST", IMPORTS, &headers, b"{}").await;
    assert_eq!((nobody.status, nobody.header("www-authenticate")), (401, "Bearer realm=\"stadtwin\""));
    let address = format!("{IMPORTS}?access_token={whole}");
    assert_eq!(send(&town.address, "POST", &address, &headers, b"{}").await.status, 400);
    // The rules are those of now.
    stadtwin(&town.database.url, &["issuer", "remove", &town.provider.issuer]).unwrap();
    check_refused(&town.import(&whole).await, "issuer");
    town.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_change_and_issuers_are_away() {
    let mut town = Town::build().await;
    let early = town.provider.forged(json!({}));
    town.provider.order(json!({ "do": "stop" }));
    // Nothing was ever fetched: it is not the token that is wrong.
    let answer = town.import(&early).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "30"), "{}", answer.text());
    town.provider.order(json!({ "do": "start" }));
    let first = town.provider.forged(json!({}));
    assert_eq!(town.import(&first).await.status, 403);
    // The new key is looked for; the old one is gone with it.
    town.provider.order(json!({ "do": "rotate" }));
    let second = town.provider.forged(json!({}));
    assert_eq!(town.import(&second).await.status, 403);
    check_refused(&town.import(&first).await, "does not publish");
    // What is known stays known while the issuer is away; an unknown key makes nobody known.
    town.provider.order(json!({ "do": "stop" }));
    assert_eq!(town.import(&second).await.status, 403);
    let unknown_key = json!({ "do": "forged", "claims": {}, "header": { "kid": "other" } });
    let other = town.provider.order(unknown_key);
    check_refused(&town.import(&other).await, "does not publish");
    assert_eq!(town.import(&second).await.status, 403);
    town.database.close().await;
}

/// However many unknown keys tokens name, the issuer is asked once in the pause: the second rotation is not seen.
#[tokio::test(flavor = "multi_thread")]
async fn made_up_keys_do_not_keep_the_issuer_busy() {
    let mut town = Town::build().await;
    let issuers = Issuers::with_pause(Duration::from_secs(3_600));
    let store = town.database.store.clone();
    let first = town.provider.forged(json!({}));
    assert!(issuers.caller(&store, &first).await.is_ok());
    town.provider.order(json!({ "do": "rotate" }));
    let second = town.provider.forged(json!({}));
    for _ in 0..3 {
        assert!(matches!(issuers.caller(&store, &second).await, Err(TokenError::Invalid(_))));
    }
    assert!(issuers.caller(&store, &first).await.is_ok());
    town.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn issuers_are_kept_by_command() {
    let database = database().await;
    let url = &database.url;
    stadtwin(url, &["organization", "add", "garching", "--name", "Garching"]).unwrap();
    let add = |arguments: &[&str]| stadtwin(url, &[&["issuer", "add"], arguments].concat());
    let login = "https://login.example/realms/city";
    for (arguments, part) in [
        (&["http://login.example", "--audience", "a"][..], "https"),
        (&[login], "--audience"),
        (&[login, "--audience", "a", "--map", "x=garching:planner"], "--role-claim"),
        (
            &[login, "--audience", "a", "--role-claim", "r", "--map", "x=nosuch:planner"],
            "no organization `nosuch`",
        ),
        (&[login, "--audience", "a", "--role-claim", "r", "--map", "x=garching:king"], "no role"),
        (&[login, "--audience", "a", "--scope", "x=king"], "no scope"),
    ] {
        let error = add(arguments).unwrap_err();
        assert!(error.contains(part), "{arguments:?}: {error}");
    }
    assert_eq!(add(&[login, "--audience", "a"]).unwrap(), format!("added {login}"));
    let rules = [
        "--role-claim",
        "r",
        "--organization-claim",
        "o",
        "--map",
        "P=garching:planner",
        "--scope",
        "B=write",
    ];
    assert_eq!(add(&[&[login, "--audience", "b"], &rules[..]].concat()).unwrap(), format!("changed {login}"));
    let list = stadtwin(url, &["issuer", "list"]).unwrap();
    assert_eq!(
        list,
        format!("{login}\taudience b\torganizations in o\troles in r\tP=garching:planner\tB=write")
    );
    assert_eq!(stadtwin(url, &["issuer", "remove", login]).unwrap(), format!("removed {login}"));
    assert!(stadtwin(url, &["issuer", "remove", login]).unwrap_err().contains("no issuer"));
    database.close().await;
}
