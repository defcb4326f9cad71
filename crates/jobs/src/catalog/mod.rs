//! Published scenarios in a CKAN catalogue: what it should show is compared with what it shows, and brought there again and
//! again until it does. A catalogue that is away hinders nothing.

mod package;

use std::time::Duration;

use anyhow::Context;
use serde_json::{Value, json};

use crate::fetch::{Address, AllowList, ask};
use package::{Subject, package, package_name};
use stadtwin_store::{DueEntry, Store, StoreError};

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks for something to bring there.
const PAUSE: Duration = Duration::from_secs(5);
/// Before the second try [s]; doubled with each further one, up to an hour.
const FIRST_PAUSE_S: i64 = 15;
const LONGEST_PAUSE_S: i64 = 3_600;
/// Of a cause that is kept [characters].
const LONGEST_CAUSE: usize = 300;
/// Of an answer that is read [bytes].
const ANSWER_BYTES: usize = 16 * 1024;

/// A CKAN catalogue, and how scenarios are told to it.
#[derive(Debug, Clone)]
pub struct Catalog {
    allow: AllowList,
    /// Without a slash at its end.
    url: String,
    token: String,
    /// Where this server is reached, without a slash at its end.
    public_url: String,
    /// `license_id` of entries.
    licence: String,
    /// `owner_org` of entries; without one the organization that owns the project.
    organization: Option<String>,
}

impl Catalog {
    /// Addresses are those of the catalogue and of this server. The error says what is wrong with them.
    pub fn new(
        url: &str,
        token: &str,
        public_url: &str,
        licence: &str,
        organization: Option<String>,
    ) -> anyhow::Result<Catalog> {
        let url = url.trim_end_matches('/').to_owned();
        Address::parse(&url).context("the address of the catalogue")?;
        anyhow::ensure!(!token.trim().is_empty(), "the catalogue's token is empty");
        // The operator names it, so it may be in any network.
        let allow = AllowList::new(&[url.clone(), "0.0.0.0/0".to_owned(), "::/0".to_owned()])?;
        Ok(Catalog {
            allow,
            url,
            token: token.trim().to_owned(),
            public_url: public_url.trim_end_matches('/').to_owned(),
            licence: licence.to_owned(),
            organization,
        })
    }

    /// For as long as the server runs.
    pub async fn run(self, store: Store) {
        loop {
            if let Err(error) = self.deliver(&store).await {
                tracing::warn!(%error, "Cannot look what the catalogue should know");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Brings the catalogue what it does not know, until nothing is due; gives the number of entries that it took or gave up.
    pub async fn deliver(&self, store: &Store) -> Result<usize, StoreError> {
        let mut done = 0;
        while let Some(due) = store.due_catalog_entry().await? {
            match self.bring(store, &due).await {
                Ok(()) => {
                    store.note_catalog_entry(&due, None).await?;
                    tracing::info!(scenario = due.scenario, "The catalogue knows of a scenario");
                    done += 1;
                }
                Err(cause) => {
                    let told: String = format!("{cause:#}").chars().take(LONGEST_CAUSE).collect();
                    tracing::warn!(
                        scenario = due.scenario,
                        cause = told,
                        "The catalogue does not take an entry"
                    );
                    store.note_catalog_entry(&due, Some((&told, pause_s(due.failures)))).await?;
                }
            }
        }
        Ok(done)
    }

    async fn bring(&self, store: &Store, due: &DueEntry) -> anyhow::Result<()> {
        let name = package_name(&self.public_url, &due.scenario);
        let subject = match due.wanted {
            Some(_) => Subject::read(store, &due.scenario).await?,
            None => None,
        };
        let Some(subject) = subject else {
            let (status, answer) = self.call("package_delete", &json!({ "id": name })).await?;
            return expect("package_delete", status, &answer, &[200, 404]);
        };
        let entry = package(&subject, &name, &self.public_url, &self.licence, self.organization.as_deref())?;
        // It may be there although nobody heard of it: an answer can get lost.
        let (status, answer) = self.call("package_show", &json!({ "id": name })).await?;
        expect("package_show", status, &answer, &[200, 404])?;
        let (action, entry) = match status {
            200 => ("package_update", with_id(entry, &answer)),
            _ => ("package_create", entry),
        };
        let (status, answer) = self.call(action, &entry).await?;
        expect(action, status, &answer, &[200])
    }

    async fn call(&self, action: &str, body: &Value) -> anyhow::Result<(u16, Vec<u8>)> {
        let address = Address::parse(&format!("{}/api/3/action/{action}", self.url))?;
        let headers = [("authorization", self.token.clone())];
        ask(&self.allow, &address, body.to_string().into(), &headers, PATIENCE, ANSWER_BYTES).await
    }
}

/// CKAN wants to be told which one is changed.
fn with_id(mut entry: Value, shown: &[u8]) -> Value {
    let shown: Value = serde_json::from_slice(shown).unwrap_or_default();
    entry["id"] = match &shown["result"]["id"] {
        Value::String(id) => id.as_str().into(),
        _ => entry["name"].clone(),
    };
    entry
}

fn expect(action: &str, status: u16, answer: &[u8], good: &[u16]) -> anyhow::Result<()> {
    if good.contains(&status) {
        return Ok(());
    }
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let cause = match &answer["error"] {
        Value::Null => String::new(),
        error => format!(": {error}"),
    };
    anyhow::bail!("`{action}` was answered with {status}{cause}")
}

fn pause_s(failures: i32) -> i64 {
    let doublings = u32::try_from(failures).unwrap_or(0).min(20);
    (FIRST_PAUSE_S << doublings).min(LONGEST_PAUSE_S)
}
