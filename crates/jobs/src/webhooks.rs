//! Notifications sent on to the addresses that organizations named: one after the other, signed, and tried again.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use crate::fetch::{Address, AllowList, post};
use stadtwin_store::{Notification, Store, StoreError, Webhook};

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// Between two looks for something to send.
const PAUSE: Duration = Duration::from_secs(2);
/// Before the second try [s]; doubled with each further one, up to a day.
const FIRST_PAUSE_S: i64 = 30;
const LONGEST_PAUSE_S: i64 = 86_400;
/// Of a cause that is kept [characters].
const LONGEST_CAUSE: usize = 300;

/// Where notifications may be sent to: hosts of the public network over TLS, and what the list names.
#[derive(Debug, Clone, Default)]
pub struct WebhookSender {
    pub allow: AllowList,
}

impl WebhookSender {
    /// Why notifications cannot be sent there.
    pub fn check(&self, address: &Address) -> Result<(), String> {
        if address.is_tls || self.allow.check(&address.whole()).is_ok() {
            return Ok(());
        }
        Err("must begin with https://; others have to be allowed on the server, with `--webhook-allow`"
            .to_owned())
    }

    /// Sends what there is to send until nothing is due; gives the number of notifications that arrived.
    pub async fn deliver(&self, store: &Store) -> Result<usize, StoreError> {
        let mut arrived = 0;
        while let Some(mut webhook) = store.due_webhook().await? {
            while let Some(notification) = store.next_for_webhook(&webhook).await? {
                match self.send(&webhook, &notification).await {
                    Ok(()) => {
                        store.note_delivery(&webhook, notification.id, None).await?;
                        webhook.last_sent = notification.id;
                        arrived += 1;
                    }
                    Err(cause) => {
                        let told: String = format!("{cause:#}").chars().take(LONGEST_CAUSE).collect();
                        tracing::warn!(
                            webhook = webhook.id,
                            cause = told,
                            "A notification could not be sent"
                        );
                        let pause = pause_s(webhook.failures);
                        store.note_delivery(&webhook, notification.id, Some((&told, pause))).await?;
                        break;
                    }
                }
            }
        }
        Ok(arrived)
    }

    /// For as long as the server runs.
    pub async fn run(self, store: Store) {
        loop {
            if let Err(error) = self.deliver(&store).await {
                tracing::warn!(%error, "Notifications could not be sent on");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn send(&self, webhook: &Webhook, notification: &Notification) -> anyhow::Result<()> {
        let address = Address::parse(&webhook.url)?;
        self.check(&address).map_err(anyhow::Error::msg)?;
        let body = json!({
            "id": notification.id,
            "organization": notification.organization,
            "kind": notification.kind,
            "project": notification.project,
            "scenario": notification.scenario,
            "subject": notification.subject.0,
            "made": notification.made,
        })
        .to_string();
        let headers = [
            ("stadtwin-delivery", notification.id.to_string()),
            ("stadtwin-signature", format!("sha256={}", signature(&webhook.secret, body.as_bytes()))),
        ];
        let status = post(&self.allow, &address, body.into(), &headers, PATIENCE).await?;
        anyhow::ensure!((200..300).contains(&status), "the receiver answered {status}");
        Ok(())
    }
}

/// HMAC-SHA-256 over the body with the webhook's secret, as hexadecimal digits.
pub fn signature(secret: &str, body: &[u8]) -> String {
    // Keys may have any length (RFC 2104).
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(body);
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn pause_s(failures: i32) -> i64 {
    let doublings = u32::try_from(failures).unwrap_or(0).min(20);
    (FIRST_PAUSE_S << doublings).min(LONGEST_PAUSE_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_standard() {
        // RFC 4231, test case 2.
        assert_eq!(
            signature("Jefe", b"what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn pauses_grow_to_a_day() {
        assert_eq!([0, 1, 4, 12, 40].map(pause_s), [30, 60, 480, 86_400, 86_400]);
    }
}
