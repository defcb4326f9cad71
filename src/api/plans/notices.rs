//! Who is told of what: the inbox of organizations, and webhooks that send it on.

use axum::body::Body;
use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use super::access::{self, Sight};
use super::body::{self, unusable};
use super::conflicts::Sides;
use super::detection::lead_of;
use super::paging::{Asked, Filling};
use super::projects::{nothing, private};
use crate::api::answer::Answer;
use crate::api::auth::Caller;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::negotiate::Media;
use crate::api::params::shortened;
use stadtwin_access::{PlanStanding, Role, random_hex};
use stadtwin_jobs::Address;
use stadtwin_model::{Project, Scenario};
use stadtwin_store::{NewNotification, Notification, Webhook};

/// Addresses of one organization.
const MOST_WEBHOOKS: usize = 20;

/// Tells the owners of a project, and its partners as far as they see it.
pub async fn tell_all(
    call: &Call,
    (project, standing): (&Project, &PlanStanding),
    scenario: Option<&Scenario>,
    kind: &'static str,
    subject: Value,
) -> Result<(), ApiError> {
    let mut organizations = project.owners.clone();
    let seeing = project.partners.iter().filter(|one| access::sight(Some(&lead_of(one)), standing).is_some());
    organizations.extend(seeing.cloned());
    tell(call, organizations, project, scenario, kind, subject).await
}

/// Tells the owners alone.
pub async fn tell_owners(
    call: &Call,
    project: &Project,
    scenario: Option<&Scenario>,
    kind: &'static str,
    subject: Value,
) -> Result<(), ApiError> {
    tell(call, project.owners.clone(), project, scenario, kind, subject).await
}

pub async fn tell(
    call: &Call,
    organizations: Vec<String>,
    project: &Project,
    scenario: Option<&Scenario>,
    kind: &'static str,
    subject: Value,
) -> Result<(), ApiError> {
    let new = NewNotification {
        organizations,
        kind,
        project: Some(project.id.clone()),
        scenario: scenario.map(|scenario| scenario.id.clone()),
        subject,
    };
    Ok(call.state.store.notify(&new).await?)
}

/// `GET /notifications`: of all organizations that the caller is something in.
pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let caller = signed_in(&call).await?;
    let asked = Asked::of(&call);
    let own: Vec<String> = caller.memberships.iter().map(|own| own.organization.clone()).collect();
    let (mut filling, mut sides) = (Filling::new(asked), Sides::default());
    loop {
        let piece = call.state.store.notifications(&own, filling.after, filling.wanted()).await?;
        let is_last = (piece.len() as i64) < filling.wanted();
        for told in piece {
            let is_seen = sees(&call, &caller, &mut sides, &told).await?;
            filling.look(told.id, is_seen.then_some(told));
            if filling.is_full() {
                break;
            }
        }
        if is_last || filling.is_full() {
            break;
        }
    }
    let part = filling.part();
    let entries: Vec<Value> = part.entries.iter().map(notification).collect();
    Ok(private(Answer::json(Media::Json, &json!({ "links": part.links(&call), "notifications": entries }))))
}

/// Whether somebody who belongs to the organization may know: not all who do see each of its plans.
async fn sees(
    call: &Call,
    caller: &Caller,
    sides: &mut Sides,
    told: &Notification,
) -> Result<bool, ApiError> {
    // Those were told who had seen it, and those who are asked.
    if told.kind == "scenario.withdrawn" || told.kind.starts_with("coordination.") {
        return Ok(true);
    }
    let sight = match (&told.scenario, &told.project) {
        (Some(scenario), _) => sides.of(&call.state, scenario).await?.and_then(|side| side.sight(caller)),
        (None, Some(project)) => match call.state.store.project(project).await? {
            Some(project) => access::sight(Some(caller), &access::of_project(&call.state, &project).await?),
            None => None,
        },
        (None, None) => return Ok(true),
    };
    let is_of_what_is_shown =
        ["scenario.published", "scenario.archived", "scenario.realized", "project.stage"]
            .contains(&told.kind.as_str());
    Ok(sight == Some(Sight::Draft) || (is_of_what_is_shown && sight.is_some()))
}

fn notification(told: &Notification) -> Value {
    json!({
        "id": told.id,
        "organization": told.organization,
        "kind": told.kind,
        "project": told.project,
        "scenario": told.scenario,
        "subject": told.subject.0,
        "made": told.made,
    })
}

/// `GET /webhooks`.
pub async fn webhooks(call: Call) -> Result<Answer, ApiError> {
    let caller = signed_in(&call).await?;
    let found = call.state.store.webhooks(&kept(&caller)).await?;
    let entries: Vec<Value> = found.iter().map(webhook).collect();
    Ok(private(Answer::json(Media::Json, &json!({ "links": call.own_links(), "webhooks": entries }))))
}

pub async fn create_webhook(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let members = body::object(&call, body, &["organization", "url", "kinds"]).await?;
    let organization = members.title("organization")?;
    let organization = organization.ok_or_else(|| unusable("`organization` is missing".to_owned()))?;
    if !kept(&caller).contains(&organization) {
        return Err(not_a_keeper());
    }
    let url = members.text("url")?.ok_or_else(|| unusable("`url` is missing".to_owned()))?;
    let address = Address::parse(&url).map_err(|error| unusable(format!("`url`: {error}")))?;
    call.state.webhooks.check(&address).map_err(|detail| unusable(format!("`url`: {detail}")))?;
    let store = &call.state.store;
    if store.webhooks(std::slice::from_ref(&organization)).await?.len() >= MOST_WEBHOOKS {
        return Err(ApiError::refused(
            StatusCode::CONFLICT,
            format!("`{organization}` has {MOST_WEBHOOKS} webhooks already: remove one first"),
        ));
    }
    let secret = random_hex(32).map_err(ApiError::internal)?;
    let kinds = members.texts("kinds")?.unwrap_or_default();
    let id = store.add_webhook(&organization, &url, &secret, &kinds, &caller.subject).await?;
    let found = store.webhooks(std::slice::from_ref(&organization)).await?;
    let made = found.iter().find(|one| one.id == id);
    let mut document = made.map(webhook).ok_or_else(|| ApiError::internal("a webhook that is not there"))?;
    // Shown this once.
    document["secret"] = secret.into();
    let answer = Answer::json(Media::Json, &document)
        .with(header::LOCATION, &call.base.to(&format!("/webhooks/{id}")));
    Ok(Answer { status: StatusCode::CREATED, ..answer }.uncached())
}

pub async fn remove_webhook(call: Call, caller: Caller) -> Result<Answer, ApiError> {
    if kept(&caller).is_empty() {
        return Err(not_a_keeper());
    }
    let asked = call.segment("webhookId");
    let missing = || ApiError::NotFound(format!("no webhook `{}`", shortened(asked)));
    let id = asked.parse().map_err(|_| missing())?;
    match call.state.store.remove_webhook(&kept(&caller), id).await? {
        true => Ok(nothing()),
        false => Err(missing()),
    }
}

fn webhook(webhook: &Webhook) -> Value {
    json!({
        "id": webhook.id,
        "organization": webhook.organization,
        "url": webhook.url,
        "kinds": webhook.kinds,
        "lastSent": webhook.last_sent,
        "failures": webhook.failures,
        "lastError": webhook.last_error,
        "created": webhook.created,
    })
}

fn not_a_keeper() -> ApiError {
    ApiError::refused(
        StatusCode::FORBIDDEN,
        "to keep webhooks of an organization needs a lead or admin of it".to_owned(),
    )
}

/// Organizations whose webhooks the caller keeps.
fn kept(caller: &Caller) -> Vec<String> {
    let own = caller.memberships.iter().map(|own| own.organization.clone());
    own.filter(|organization| caller.has_one_of(&[Role::Lead], organization)).collect()
}

async fn signed_in(call: &Call) -> Result<Caller, ApiError> {
    access::reader(call).await?.ok_or_else(|| {
        ApiError::refused(
            StatusCode::UNAUTHORIZED,
            "this needs a token: it shows what your organizations are told".to_owned(),
        )
    })
}
