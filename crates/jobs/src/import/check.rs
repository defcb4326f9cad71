//! Checks of objects on their way into the store, and what becomes of those that fail.

use anyhow::bail;

use stadtwin_geometry::validate::{Checker, Tolerances};
use stadtwin_model::{CityObject, Issue, Severity};

use super::findings::LEFT_OUT;
use super::{Checks, OnError};

/// Codes of the finding on an object that fails as a whole.
const QUARANTINED: &str = "object_quarantined";
const REFUSED: &str = "object_refused";

/// Lives in one worker thread.
pub(super) struct Gate {
    checker: Option<Checker>,
    on_error: OnError,
}

impl Gate {
    pub fn new(checks: Checks, on_error: OnError) -> Gate {
        let checker = (checks == Checks::All).then(|| Checker::new(Tolerances::default()));
        Gate { checker, on_error }
    }

    /// Appends what is wrong with an object; its readers' findings stand in `issues` from `from` on.
    pub fn lets_pass(
        &mut self,
        object: &CityObject,
        line: u64,
        from: usize,
        issues: &mut Vec<Issue>,
    ) -> bool {
        if let Some(checker) = &mut self.checker {
            let own = issues.len();
            checker.check(object, issues);
            issues.iter_mut().skip(own).for_each(|issue| issue.line = line);
        }
        if self.on_error == OnError::Keep {
            return true;
        }
        let Some(first) = issues.iter().skip(from).find(|issue| issue.severity == Severity::Error) else {
            return true;
        };
        let (code, fate) = match self.on_error {
            OnError::Fail => (REFUSED, "the import ends, as `--on-error fail` says"),
            _ => (QUARANTINED, "it was left out, as `--on-error quarantine` says"),
        };
        let message = format!("the object has errors, the first: {} ({}); {fate}", first.message, first.code);
        let (object, code) = (object.id.clone(), code.to_owned());
        issues.push(Issue { object, line, code, severity: Severity::Error, message, ..Issue::default() });
        false
    }
}

/// Ends the import when an object was refused.
pub(super) fn refuse_all(issues: &[Issue]) -> anyhow::Result<()> {
    match issues.iter().find(|issue| issue.code == REFUSED) {
        Some(issue) => bail!("object `{}`, line {}: {}", issue.object, issue.line, issue.message),
        None => Ok(()),
    }
}

/// Objects left out: by their quality, or since nobody knows where they are.
pub(super) fn left_out(issues: &[Issue]) -> u64 {
    let is_whole = |code: &str| code == QUARANTINED || LEFT_OUT.contains(&code);
    issues.iter().filter(|issue| is_whole(&issue.code)).count() as u64
}
