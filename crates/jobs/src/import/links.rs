//! Links between objects on their way into the store, and what is told of those that lead to nothing.

use stadtwin_model::{Issue, ObjectLink, Severity};
use stadtwin_store::{ImportSession, LooseLink};

use super::ImportReport;

/// Links written at once.
const SENT: usize = 5_000;
/// Findings kept in the store; the report counts them all.
const KEPT: i64 = 1_000;
/// Of a link in a message [characters].
const SHOWN: usize = 200;

/// Links of objects that are new or changed, until they are written: a bounded number.
#[derive(Default)]
pub(super) struct Links {
    waiting: Vec<(String, Vec<ObjectLink>)>,
    count: usize,
    /// Whether this run has written any.
    any: bool,
}

impl Links {
    pub fn push(&mut self, source: String, links: Vec<ObjectLink>) {
        self.count += links.len();
        self.waiting.push((source, links));
    }

    /// Writes what waits, if it is many or `all` is to go.
    pub async fn send(&mut self, session: &ImportSession, all: bool) -> anyhow::Result<()> {
        if self.count > 0 && (all || self.count >= SENT) {
            session.add_links(&std::mem::take(&mut self.waiting)).await?;
            self.count = 0;
            self.any = true;
        }
        Ok(())
    }

    /// Once all objects are written: links that lead to nothing become findings; they are kept as they are, and lead
    /// somewhere as soon as a later import brings their target.
    pub async fn settle(mut self, session: &ImportSession, report: &mut ImportReport) -> anyhow::Result<()> {
        self.send(session, true).await?;
        if !self.any {
            return Ok(());
        }
        let loose = session.settle_links(true, KEPT).await?;
        let Some(first) = loose.first() else { return Ok(()) };
        let code = "link_unresolved";
        *report.issues.entry(code.to_owned()).or_default() += first.total.max(0) as u64;
        report
            .examples
            .entry(code.to_owned())
            .or_insert_with(|| format!("`{}`: {}", first.source, message(first)));
        let issues: Vec<_> = loose.iter().map(|link| (String::new(), loose_link(link))).collect();
        session.add_issues(&issues).await?;
        Ok(())
    }
}

fn message(link: &LooseLink) -> String {
    let href: String = link.href.chars().take(SHOWN).collect();
    format!("{} leads to `{href}`, which no object in the twin is; the link is kept as it is", link.relation)
}

/// The finding on a link to nothing.
pub(crate) fn loose_link(link: &LooseLink) -> Issue {
    Issue {
        object: link.source.clone(),
        code: "link_unresolved".to_owned(),
        severity: Severity::Warning,
        message: message(link),
        ..Issue::default()
    }
}
