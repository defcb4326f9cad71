//! What claims of a token mean here, by the rules of its issuer.

use serde_json::Value;

use stadtwin_access::{Membership, Scope};
use stadtwin_store::Issuer;

/// Values of one claim that count.
const MOST_VALUES: usize = 1_000;
/// Signs of a name.
const NAME: usize = 200;

/// Roles by the values of the role claim; and roles of that name in all organizations of the organization claim.
pub fn memberships(issuer: &Issuer, claims: &Value) -> Vec<Membership> {
    let values = issuer.role_claim.as_deref().map(|claim| texts(claims, claim)).unwrap_or_default();
    let organizations =
        issuer.organization_claim.as_deref().map(|claim| texts(claims, claim)).unwrap_or_default();
    let mut all = Vec::new();
    let mut add = |organization: &str, role: &str| {
        let Ok(role) = role.parse() else { return };
        let membership = Membership { organization: organization.to_owned(), role };
        if !all.contains(&membership) && all.len() < MOST_VALUES {
            all.push(membership);
        }
    };
    for (value, organization, role) in &issuer.roles {
        if values.contains(&value.as_str()) {
            add(organization, role);
        }
    }
    for organization in organizations {
        values.iter().for_each(|role| add(organization, role));
    }
    all
}

/// Scopes by the values of the role claim and of `scope` (RFC 8693, 4.2).
pub fn scopes(issuer: &Issuer, claims: &Value) -> Vec<Scope> {
    let mut values = issuer.role_claim.as_deref().map(|claim| texts(claims, claim)).unwrap_or_default();
    values.extend(claims["scope"].as_str().unwrap_or_default().split(' '));
    let given = issuer.scopes.iter().filter(|(value, _)| values.contains(&value.as_str()));
    let mut all: Vec<Scope> = given.filter_map(|(_, scope)| scope.parse().ok()).collect();
    all.dedup();
    all
}

/// A name for people; a service has that of its client.
pub fn name(claims: &Value) -> Option<&str> {
    let names = ["name", "preferred_username", "email", "client_id", "azp"];
    let fits = |text: &&str| !text.is_empty() && text.len() <= NAME && !text.contains(char::is_control);
    names.iter().find_map(|name| claims[*name].as_str().filter(fits))
}

/// Texts of a claim: by its name, else down a path with dots (`realm_access.roles`).
fn texts<'a>(claims: &'a Value, claim: &str) -> Vec<&'a str> {
    let found = claims
        .get(claim)
        .or_else(|| claim.split('.').try_fold(claims, |value, name| value.as_object()?.get(name)));
    match found {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).take(MOST_VALUES).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn issuer(claims: [Option<&str>; 2]) -> Issuer {
        let [organization_claim, role_claim] = claims.map(|claim| claim.map(str::to_owned));
        let text = str::to_owned;
        Issuer {
            organization_claim,
            role_claim,
            roles: vec![
                (text("PLAN-GAR"), text("garching"), text("planner")),
                (text("PLAN-ISM"), text("ismaning"), text("planner")),
                (text("broken"), text("garching"), text("king")),
            ],
            scopes: vec![(text("BATCH"), text("import:buildings")), (text("all"), text("write"))],
            ..Issuer::default()
        }
    }

    #[test]
    fn claims_become_roles_and_scopes() {
        let kept = |one: &Membership| format!("{}@{}", one.role, one.organization);
        for (names, claims, roles, scopes) in [
            ([None, Some("roles")], json!({"roles": ["PLAN-GAR", "x"]}), "planner@garching", ""),
            ([None, Some("roles")], json!({"roles": "PLAN-ISM"}), "planner@ismaning", ""),
            ([None, Some("roles")], json!({"roles": ["broken"]}), "", ""),
            // No claim is named: nothing counts, whatever the token says.
            ([None, None], json!({"roles": ["PLAN-GAR", "BATCH"]}), "", ""),
            (
                [None, Some("realm_access.roles")],
                json!({"realm_access": {"roles": ["PLAN-GAR", "BATCH"]}}),
                "planner@garching",
                "import:buildings",
            ),
            // A name with dots goes before a path.
            (
                [None, Some("https://x.example/r")],
                json!({"https://x.example/r": ["PLAN-GAR"]}),
                "planner@garching",
                "",
            ),
            (
                [Some("org"), Some("roles")],
                json!({"org": ["ismaning", "unterfoehring"], "roles": ["lead", "none"]}),
                "lead@ismaning lead@unterfoehring",
                "",
            ),
            // An organization without a role there is none.
            ([Some("org"), Some("roles")], json!({"org": "garching"}), "", ""),
            ([None, Some("roles")], json!({"scope": "openid all"}), "", "write"),
            ([None, Some("roles")], json!({"scope": "alle", "roles": 7}), "", ""),
            ([None, Some("a.b")], json!({"a": "PLAN-GAR"}), "", ""),
        ] {
            let issuer = issuer(names);
            let found: Vec<_> = memberships(&issuer, &claims).iter().map(kept).collect();
            assert_eq!(found.join(" "), roles, "{claims}");
            let found: Vec<_> = super::scopes(&issuer, &claims).iter().map(Scope::to_string).collect();
            assert_eq!(found.join(" "), scopes, "{claims}");
        }
    }

    #[test]
    fn names_are_for_people() {
        assert_eq!(name(&json!({"name": "Anna", "email": "a@x"})), Some("Anna"));
        assert_eq!(name(&json!({"name": "a\nb", "client_id": "nightly"})), Some("nightly"));
        assert_eq!(name(&json!({"sub": "1"})), None);
    }
}
