//! What an import finds: counted in the report, and kept in the store up to a bound.

use stadtwin_model::{Issue, Severity};

use super::FileReport;
use super::prepare::Prepared;
use super::run::Run;

/// Findings kept in the store of one kind in one file; the report counts them all.
const ISSUES_KEPT: u64 = 1_000;

/// Findings on whole objects that could not be used.
pub(super) const LEFT_OUT: [&str; 2] = ["crs_unknown", "crs_area"];

impl Run<'_> {
    pub(super) fn refuse_file(&mut self, report: &mut FileReport, code: &str, message: String) {
        let issue = Issue {
            object: String::new(),
            line: 0,
            code: code.into(),
            severity: Severity::Error,
            message,
            ..Issue::default()
        };
        self.count_issue(report, issue);
    }

    pub(super) fn note(&mut self, file: &str, issue: Issue) {
        self.report.is_incomplete |= issue.severity == Severity::Error;
        self.keep_example(file, &issue);
        *self.report.issues.entry(issue.code.clone()).or_default() += 1;
        self.issues.push((file.to_string(), issue));
    }

    fn keep_example(&mut self, file: &str, issue: &Issue) {
        if !self.report.examples.contains_key(&issue.code) {
            let example = match issue.line {
                0 => format!("{file}: {}", issue.message),
                line => format!("{file}:{line}: {}", issue.message),
            };
            self.report.examples.insert(issue.code.clone(), example);
        }
    }

    pub(super) fn count_issue(&mut self, report: &mut FileReport, issue: Issue) {
        report.is_incomplete |= loses_objects(&issue);
        self.keep_example(&report.file, &issue);
        *report.issues.entry(issue.code.clone()).or_default() += 1;
        let kept = self.kept_issues.entry((report.file.clone(), issue.code.clone())).or_default();
        *kept += 1;
        if *kept <= ISSUES_KEPT {
            self.issues.push((report.file.clone(), issue));
        }
    }

    pub(super) async fn keep_issues(&mut self, all: bool) -> anyhow::Result<()> {
        if !self.issues.is_empty() && (all || self.issues.len() > 5_000) {
            let issues = std::mem::take(&mut self.issues);
            if let Some(session) = self.target.session() {
                session.add_issues(&issues).await?;
            }
        }
        Ok(())
    }
}

/// Whether objects of the file may be missing that nobody can name.
fn loses_objects(issue: &Issue) -> bool {
    let codes = [
        "file_unreadable",
        "file_broken",
        "height_system_refused",
        "xml_malformed",
        "json_malformed",
        "internal",
    ];
    issue.severity == Severity::Error
        && (codes.contains(&issue.code.as_str()) || LEFT_OUT.contains(&issue.code.as_str()))
}

pub(super) fn error_issue(prepared: &Prepared, code: &str, message: String) -> Issue {
    Issue {
        object: prepared.id.clone(),
        line: prepared.line,
        code: code.into(),
        severity: Severity::Error,
        message,
        ..Issue::default()
    }
}

pub(super) fn duplicate_issue(prepared: &Prepared, message: String, severity: Severity) -> Issue {
    Issue {
        object: prepared.id.clone(),
        line: prepared.line,
        code: "id_duplicate".into(),
        severity,
        message,
        ..Issue::default()
    }
}
