//! `stadtwin token`.

use std::io::Write;
use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, Subcommand};

use stadtwin_access::{Role, Scope, issue_token};
use stadtwin_store::NewToken;

use super::Global;
use super::backend::Backend;

#[derive(Debug, Args)]
pub(super) struct Token {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a token for writing over HTTP and show it, once
    Create(Create),
    /// List the tokens with scopes, expiry and last use
    List,
    /// Take a token back
    Revoke {
        /// The token's prefix: 12 hex digits, as `token list` shows it
        prefix: String,
    },
}

#[derive(Debug, Args)]
struct Create {
    /// Whose token it is, for people
    #[arg(long)]
    name: String,
    /// What it allows: import:<collection>, terrain:<terrain>, write (everything) or read; may be given several times
    #[arg(long, required_unless_present = "organization")]
    scope: Vec<Scope>,
    /// Organization that its bearer works for, as `stadtwin organization list` shows it
    #[arg(long, requires = "role")]
    organization: Option<String>,
    /// What its bearer is there: viewer, planner, lead, publisher, admin or authority; may be given several times
    #[arg(long, requires = "organization")]
    role: Vec<Role>,
    /// Lifetime: a number with d (days), h (hours) or m (minutes), or `never`
    #[arg(long, default_value = "90d", value_parser = lifetime_s)]
    expires: Lifetime,
}

#[derive(Debug, Clone, Copy)]
struct Lifetime(Option<i64>);

impl Token {
    pub async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let backend = Backend::open(global).await?;
        let mut out = std::io::stdout();
        match self.action {
            Action::Create(create) => {
                let issued = issue_token()?;
                let organization = create.organization.unwrap_or_default();
                let membership = |role: &Role| (organization.clone(), role.to_string());
                let token = NewToken {
                    prefix: issued.prefix,
                    hash: issued.hash,
                    name: create.name,
                    scopes: create.scope.iter().map(Scope::to_string).collect(),
                    memberships: create.role.iter().map(membership).collect(),
                    expires_in_s: create.expires.0,
                };
                backend.store.add_token(&token).await?;
                writeln!(out, "{}", issued.text)?;
                eprintln!("Keep it now: it is shown only once. Send it as `Authorization: Bearer …`.");
            }
            Action::List => {
                for token in backend.store.tokens().await? {
                    let or = |time: &Option<String>| time.clone().unwrap_or_else(|| "never".to_owned());
                    let state = match (&token.revoked, token.holds) {
                        (Some(time), _) => format!("revoked {time}"),
                        (None, true) => "holds".to_owned(),
                        (None, false) => "expired".to_owned(),
                    };
                    writeln!(
                        out,
                        "{}\t{}\t{}\texpires {}\tlast used {}\t{}",
                        token.prefix,
                        state,
                        [token.scopes.join(" "), token.memberships.join(" ")].join(" ").trim(),
                        or(&token.expires),
                        or(&token.last_used),
                        token.name
                    )?;
                }
            }
            Action::Revoke { prefix } => {
                if !backend.store.revoke_token(&prefix).await? {
                    bail!("no token `{prefix}` that holds; `stadtwin token list` shows all");
                }
                writeln!(out, "revoked {prefix}")?;
            }
        }
        backend.close().await?;
        Ok(ExitCode::SUCCESS)
    }
}

fn lifetime_s(text: &str) -> Result<Lifetime, String> {
    if text == "never" {
        return Ok(Lifetime(None));
    }
    let wrong = || format!("`{text}` is no lifetime: use for example 90d, 12h, 30m or never");
    let unit_s = match text.chars().last() {
        Some('d') => 86_400,
        Some('h') => 3_600,
        Some('m') => 60,
        _ => return Err(wrong()),
    };
    let number: i64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    match number {
        // A hundred years.
        1.. if number <= 36_525 * 86_400 / unit_s => Ok(Lifetime(Some(number * unit_s))),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_numbers_with_a_unit() {
        for (text, expected) in
            [("90d", Some(7_776_000)), ("12h", Some(43_200)), ("30m", Some(1_800)), ("never", None)]
        {
            assert_eq!(lifetime_s(text).unwrap().0, expected, "{text}");
        }
        for wrong in ["", "d", "90", "0d", "-1d", "1y", "99999999999d", "1.5h", "9ü"] {
            assert!(lifetime_s(wrong).is_err(), "{wrong}");
        }
    }
}
