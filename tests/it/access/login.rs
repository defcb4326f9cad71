//! What the viewer is told of logging in: the issuers of that, to their clients' names, and no more than them.

use serde_json::json;
use stadtwin::api::AppState;
use stadtwin::crs::HeightModel;

use super::command::stadtwin;
use crate::http::{Answer, request};
use crate::support::database::database;
use crate::support::served::start;

/// Of the page's policy: whom it may ask.
fn sources(page: &Answer) -> &str {
    let policy = page.header("content-security-policy");
    policy.split("connect-src ").nth(1).unwrap().split(';').next().unwrap()
}

#[tokio::test]
async fn the_viewer_knows_where_people_log_in_and_may_ask_nobody_else() {
    let database = database().await;
    let address = start(AppState::new(database.store.clone(), HeightModel::Constant(45.5))).await;
    let get = |target: &'static str| request(&address, "GET", target, &[]);
    let add = |arguments: &[&str]| stadtwin(&database.url, &[&["issuer", "add"], arguments].concat());
    let providers = async || get("/viewer/config.json").await.json()["identityProviders"].clone();

    // An issuer of batch jobs alone is no place to log in.
    add(&["https://batch.example", "--audience", "a"]).unwrap();
    assert_eq!(providers().await, json!([]));
    let before = get("/viewer/").await;
    assert_eq!(sources(&before), "'self' data: blob:");

    let city = "https://login.example:8443/realms/city/";
    add(&[city, "--audience", "a", "--client-id", "viewer"]).unwrap();
    let town = [
        "--client-id",
        "twin",
        "--login-title",
        "Stadt Garching",
        "--login-scope",
        "openid  offline_access",
        "--login-resource",
        "https://twin.example",
    ];
    add(&[&["http://127.0.0.1:4000", "--audience", "a"], &town[..]].concat()).unwrap();
    assert_eq!(
        providers().await,
        json!([
            {
                "issuer": "http://127.0.0.1:4000", "title": "Stadt Garching", "clientId": "twin",
                "discovery": "http://127.0.0.1:4000/.well-known/openid-configuration",
                "scope": "openid offline_access", "resource": "https://twin.example",
            },
            {
                "issuer": city, "title": "login.example:8443", "clientId": "viewer", "scope": "openid",
                "discovery": "https://login.example:8443/realms/city/.well-known/openid-configuration",
            },
        ])
    );
    // The page that a browser keeps is another one with another policy; its other files ask nobody.
    let page = get("/viewer/").await;
    assert_eq!(sources(&page), "'self' http://127.0.0.1:4000 https://login.example:8443 data: blob:");
    assert_ne!(page.header("etag"), before.header("etag"));
    let again =
        request(&address, "GET", "/viewer/index.html", &[("if-none-match", page.header("etag"))]).await;
    assert_eq!((again.status, sources(&again)), (304, sources(&page)));
    assert_eq!(sources(&get("/viewer/map.html").await), "'self' data: blob:");

    let list = stadtwin(&database.url, &["issuer", "list"]).unwrap();
    assert!(list.contains("\tlogin as twin (openid offline_access)"), "{list}");
    for (arguments, part) in [
        (&["--login-title", "City"][..], "--client-id"),
        (&["--client-id", "a b"], "without blanks"),
        (&["--client-id", "a", "--login-scope", "plan"], "`openid`"),
        (&["--client-id", "a", "--login-resource", ""], "without blanks"),
    ] {
        let error = add(&[&[city, "--audience", "a"], arguments].concat()).unwrap_err();
        assert!(error.contains(part), "{arguments:?}: {error}");
    }
    let error = add(&["https://a;script-src", "--audience", "a", "--client-id", "a"]).unwrap_err();
    assert!(error.contains("no name of a host"), "{error}");
    // Changed without the option, it is no place to log in any more.
    add(&[city, "--audience", "a"]).unwrap();
    assert_eq!(providers().await.as_array().unwrap().len(), 1);
    database.close().await;
}
