//! `/rulesets`: what municipalities count key figures by. Old versions stay.

use axum::body::Body;
use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use super::body::{self, unusable};
use super::operations::check_sent_version;
use super::overlay::is_name;
use super::projects::changed;
use crate::api::answer::Answer;
use crate::api::auth::Caller;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::negotiate::Media;
use crate::api::params::{Kind, Parameter, shortened};
use stadtwin_access::Role;
use stadtwin_scenario::RuleSet;
use stadtwin_store::StoredRuleSet;

pub static OF_ORGANIZATION: Parameter = Parameter {
    name: "organization",
    component: "ruleSetOrganization",
    description: "Only rule sets of this organization.",
    kind: Kind::Text,
};
pub static RULE_SET_VERSION: Parameter = Parameter {
    name: "version",
    component: "ruleSetVersion",
    description: "This version; without it the newest.",
    kind: Kind::Integer { minimum: 1, maximum: Some(999_999_999), default: None },
};
/// The one that is there without anybody's doing.
const BUILT_IN: &str = "default";

/// `GET /rulesets`: the newest version of each, the built-in one first.
pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let organization = call.query.get("organization");
    let mut entries = Vec::new();
    if organization.is_none() {
        entries.push(built_in()?);
    }
    entries.extend(call.state.store.rule_sets(organization).await?.into_iter().map(document));
    Ok(Answer::json(Media::Json, &json!({ "links": call.own_links(), "ruleSets": entries })))
}

/// `GET /rulesets/{id}`.
pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let id = call.segment("ruleSetId");
    let version = call.query.integer("version").and_then(|version| i32::try_from(version).ok());
    let missing = || match version {
        Some(version) => ApiError::NotFound(format!("no rule set `{}@{version}`", shortened(id))),
        None => ApiError::NotFound(format!("no rule set `{}`", shortened(id))),
    };
    let document = match id {
        BUILT_IN if version.is_none_or(|version| version == 1) => built_in()?,
        _ => document(call.state.store.rule_set(id, version).await?.ok_or_else(missing)?),
    };
    answered(&call, document)
}

/// Named as in `garching-wa`, the newest version, or `garching-wa@2`; the built-in one where nothing is said.
pub(super) async fn named(call: &Call, asked: Option<&str>) -> Result<RuleSet, ApiError> {
    let asked = asked.unwrap_or(BUILT_IN);
    if !is_name(asked) {
        return Err(ApiError::BadRequest(format!(
            "`ruleset` must be the id of a rule set, or its id, `@` and a version, not `{}`",
            shortened(asked)
        )));
    }
    let missing = || ApiError::NotFound(format!("no rule set `{}`", shortened(asked)));
    let (id, version) = match asked.split_once('@') {
        Some((id, version)) => (id, Some(version.parse().map_err(|_| missing())?)),
        None => (asked, None),
    };
    if id == BUILT_IN && version.is_none_or(|version| version == 1) {
        return Ok(RuleSet::default());
    }
    let kept = call.state.store.rule_set(id, version).await?.ok_or_else(missing)?;
    serde_json::from_value(kept.body.0).map_err(ApiError::internal)
}

/// `PUT /rulesets/{id}`: a new version.
pub async fn keep(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let id = call.segment("ruleSetId").to_owned();
    if !is_name(&id) || id.contains('@') {
        return Err(ApiError::NotFound(format!(
            "no rule set can be named `{}`: take up to 60 letters, digits, `-` and `_`",
            shortened(&id)
        )));
    }
    let bytes = body::bytes(&call, body, 1 << 20).await?;
    let mut sent: Value = serde_json::from_slice(&bytes)
        .map_err(|error| ApiError::BadRequest(format!("the body is not JSON: {error}")))?;
    let organization = sent.as_object_mut().and_then(|members| members.remove("organization"));
    let organization = organization.as_ref().and_then(Value::as_str);
    let organization =
        organization.ok_or_else(|| unusable("`organization` is missing".to_owned()))?.to_owned();
    let store = &call.state.store;
    let before = store.rule_set(&id, None).await?;
    let owner = before.as_ref().map_or(organization.as_str(), |before| before.organization.as_str());
    // Who may do nothing there learns nothing of whether it is there.
    if ![owner, organization.as_str()].iter().all(|of| caller.has_one_of(&[Role::Lead], of)) {
        return Err(ApiError::refused(
            StatusCode::FORBIDDEN,
            "to keep rule sets of an organization needs a lead or admin of it".to_owned(),
        ));
    }
    if id == BUILT_IN {
        return Err(ApiError::refused(
            StatusCode::CONFLICT,
            "`default` is built in: take another id".to_owned(),
        ));
    }
    let number = before.as_ref().map_or(0, |before| before.version);
    check_sent_version(&call.headers, i64::from(number))?;
    let mut rules: RuleSet = serde_json::from_value(sent).map_err(|error| unusable(error.to_string()))?;
    rules.id = id.clone();
    rules.version = u32::try_from(number + 1).map_err(ApiError::internal)?;
    let faults: Vec<String> = rules.faults().iter().map(ToString::to_string).collect();
    if !faults.is_empty() {
        return Err(unusable(faults.join("; ")));
    }
    let rules = serde_json::to_value(&rules)?;
    let written = store.keep_rule_set(&id, number, &organization, &rules, &caller.subject).await?;
    let version = written.ok_or_else(changed)?;
    let kept = store.rule_set(&id, Some(version)).await?;
    let kept = kept.ok_or_else(|| ApiError::internal("a rule set that is not there"))?;
    Ok(answered(&call, document(kept))?.uncached())
}

fn answered(call: &Call, mut document: Value) -> Result<Answer, ApiError> {
    let tag = format!("\"{}.{}\"", document["version"], document["id"].as_str().unwrap_or_default());
    document["links"] = json!(call.own_links());
    Ok(Answer::json(Media::Json, &document).with(header::ETAG, &tag))
}

fn built_in() -> Result<Value, ApiError> {
    let mut document = serde_json::to_value(RuleSet::default())?;
    document["organization"] = Value::Null;
    document["made"] = Value::Null;
    Ok(document)
}

fn document(kept: StoredRuleSet) -> Value {
    let mut document = kept.body.0;
    document["organization"] = kept.organization.into();
    document["made"] = kept.made.into();
    document
}
