//! What is odd about the object at work.

use stadtwin_model::{Issue, Severity};

/// One top-level object tells at most this many findings.
const MAX_ISSUES: usize = 1_000;

/// What is wrong with a piece of JSON; where in that piece means nothing to whoever has the file.
pub fn reason_of(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split_once(" at line ").map_or(text.as_str(), |(reason, _)| reason).to_owned()
}

/// Collects issues of one object.
#[derive(Default)]
pub struct Findings {
    /// Id of the object; empty for the file itself.
    pub object: String,
    pub line: u64,
    pub issues: Vec<Issue>,
}

impl Findings {
    pub fn tell(&mut self, severity: Severity, code: &str, message: impl Into<String>) {
        if self.issues.len() < MAX_ISSUES {
            self.issues.push(Issue {
                object: self.object.clone(),
                line: self.line,
                code: code.to_owned(),
                severity,
                message: message.into(),
                ..Issue::default()
            });
        }
    }

    pub fn error(&mut self, code: &str, message: impl Into<String>) {
        self.tell(Severity::Error, code, message);
    }

    pub fn warning(&mut self, code: &str, message: impl Into<String>) {
        self.tell(Severity::Warning, code, message);
    }

    pub fn info(&mut self, code: &str, message: impl Into<String>) {
        self.tell(Severity::Info, code, message);
    }
}
