//! `stadtwin issuer`.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};

use stadtwin_access::{Role, Scope};
use stadtwin_jobs::{check_issuer_url, issuer_origin};
use stadtwin_store::{Issuer, Login, Store};

use super::Global;
use super::backend::Backend;

#[derive(Debug, Args)]
pub(super) struct IssuerCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Take the tokens of an issuer, or change what its claims mean
    Add(Box<Add>),
    /// List the issuers with what their claims mean
    List,
    /// Take tokens of an issuer no more
    Remove {
        /// The issuer's address, as `issuer list` shows it
        url: String,
    },
}

#[derive(Debug, Args)]
struct Add {
    /// Address of the issuer, to the letter as its tokens have it in `iss`, such as https://login.example/realms/city
    url: String,
    /// What `aud` of tokens for this server holds
    #[arg(long)]
    audience: String,
    /// Claim with ids of organizations; with dots down a path
    #[arg(long, value_name = "CLAIM", requires = "role_claim")]
    organization_claim: Option<String>,
    /// Claim with roles, such as realm_access.roles
    #[arg(long, value_name = "CLAIM")]
    role_claim: Option<String>,
    /// What a value of the role claim means: value=organization:role; may be given several times
    #[arg(long, value_name = "VALUE=ORG:ROLE", requires = "role_claim", value_parser = mapped_role)]
    map: Vec<(String, String, String)>,
    /// What a value of the role claim, or of `scope`, allows: value=scope, such as batch=import:buildings
    #[arg(long, value_name = "VALUE=SCOPE", value_parser = mapped_scope)]
    scope: Vec<(String, String)>,
    /// Let people log in there from the viewer: its `client_id`, a public client with PKCE and the viewer's address to return to
    #[arg(long, value_name = "ID", value_parser = visible)]
    client_id: Option<String>,
    /// What the viewer calls the issuer, such as "Stadt Garching"; its host otherwise
    #[arg(long, value_name = "TEXT", requires = "client_id")]
    login_title: Option<String>,
    /// What the viewer asks the issuer for: `openid`, and what makes it give a token for this server and a refresh token
    #[arg(long, value_name = "SCOPES", requires = "client_id", default_value = "openid", value_parser = scopes)]
    login_scope: String,
    /// `resource` that the viewer names to the issuer (RFC 8707), where it wants to know whom a token is for
    #[arg(long, value_name = "URI", requires = "client_id", value_parser = visible)]
    login_resource: Option<String>,
}

impl IssuerCommand {
    pub async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let backend = Backend::open(global).await?;
        let mut out = std::io::stdout();
        match self.action {
            Action::Add(add) => {
                let url = add.url.clone();
                let is_new = add.run(&backend.store).await?;
                writeln!(out, "{} {url}", if is_new { "added" } else { "changed" })?;
            }
            Action::List => {
                for issuer in backend.store.issuers().await? {
                    writeln!(out, "{}", line(&issuer))?;
                }
            }
            Action::Remove { url } => {
                if !backend.store.remove_issuer(&url).await? {
                    bail!("no issuer `{url}`; `stadtwin issuer list` shows all");
                }
                writeln!(out, "removed {url}")?;
            }
        }
        backend.close().await?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Add {
    /// Whether it is new.
    async fn run(self, store: &Store) -> anyhow::Result<bool> {
        check_issuer_url(&self.url)?;
        let named: Vec<_> = self.map.iter().map(|(_, organization, _)| organization.clone()).collect();
        let known = store.known_organizations(&named).await?;
        let unknown = named.iter().find(|organization| !known.contains(organization));
        if let Some(unknown) = unknown {
            bail!("no organization `{unknown}`; `stadtwin organization list` shows all");
        }
        let host = issuer_origin(&self.url)?;
        let host = host.split_once("://").map_or(host.as_str(), |(_, host)| host);
        let login = self.client_id.map(|client| Login {
            client,
            title: self.login_title.unwrap_or_else(|| host.to_owned()),
            scope: self.login_scope,
            resource: self.login_resource,
        });
        let issuer = Issuer {
            url: self.url,
            audience: self.audience,
            organization_claim: self.organization_claim,
            role_claim: self.role_claim,
            roles: self.map,
            scopes: self.scope,
            login,
        };
        store.keep_issuer(&issuer).await.context("the issuer could not be kept")
    }
}

fn line(issuer: &Issuer) -> String {
    let claim = |name: &str, claim: &Option<String>| claim.as_ref().map(|claim| format!("{name} {claim}"));
    let mut parts = vec![issuer.url.clone(), format!("audience {}", issuer.audience)];
    parts.extend(claim("organizations in", &issuer.organization_claim));
    parts.extend(claim("roles in", &issuer.role_claim));
    parts.extend(
        issuer.roles.iter().map(|(value, organization, role)| format!("{value}={organization}:{role}")),
    );
    parts.extend(issuer.scopes.iter().map(|(value, scope)| format!("{value}={scope}")));
    parts.extend(issuer.login.iter().map(|login| format!("login as {} ({})", login.client, login.scope)));
    parts.join("\t")
}

/// As OAuth spells names of clients and resources: without blanks (RFC 6749, A.1).
fn visible(text: &str) -> Result<String, String> {
    let is_visible = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_visible { Ok(text.to_owned()) } else { Err("write it without blanks, in ASCII".to_owned()) }
}

/// Without `openid` the issuer gives no word of who logged in (OpenID Connect Core, 3.1.2.1).
fn scopes(text: &str) -> Result<String, String> {
    let names: Vec<&str> = text.split_ascii_whitespace().collect();
    if names.iter().any(|name| visible(name).is_err()) || !names.contains(&"openid") {
        return Err("write names with blanks between, `openid` among them".to_owned());
    }
    Ok(names.join(" "))
}

fn mapped_role(text: &str) -> Result<(String, String, String), String> {
    let parts = text.rsplit_once('=').and_then(|(value, rest)| Some((value, rest.split_once(':')?)));
    let Some((value, (organization, role))) = parts.filter(|(value, _)| !value.is_empty()) else {
        return Err("write value=organization:role, such as PLAN-GAR=garching:planner".to_owned());
    };
    let role: Role = role.parse()?;
    Ok((value.to_owned(), organization.to_owned(), role.to_string()))
}

fn mapped_scope(text: &str) -> Result<(String, String), String> {
    let parts = text.rsplit_once('=').filter(|(value, _)| !value.is_empty());
    let (value, scope) = parts.ok_or("write value=scope, such as batch=import:buildings")?;
    let scope: Scope = scope.parse()?;
    Ok((value.to_owned(), scope.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_name_a_value_and_what_it_means() {
        let role = mapped_role("CN=Planer,OU=Bau=garching:planner").unwrap();
        assert_eq!(role, ("CN=Planer,OU=Bau".into(), "garching".into(), "planner".into()));
        for wrong in ["", "a", "a=b", "=b:planner", "a=b:king"] {
            assert!(mapped_role(wrong).is_err(), "{wrong}");
        }
        let scope = mapped_scope("batch=import:buildings").unwrap();
        assert_eq!(scope, ("batch".into(), "import:buildings".into()));
        for wrong in ["", "a", "=write", "a=b"] {
            assert!(mapped_scope(wrong).is_err(), "{wrong}");
        }
        assert_eq!(scopes(" openid  plan ").unwrap(), "openid plan");
        for wrong in ["", "plan", "openid straße"] {
            assert!(scopes(wrong).is_err(), "{wrong}");
        }
        assert!(visible("city viewer").is_err() && visible("").is_err() && visible("city-viewer").is_ok());
    }
}
