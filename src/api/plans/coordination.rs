//! `/coordination-requests`: what organizations ask others about a revision of a plan, and what these answer.

use axum::body::Body;
use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use super::access::{self, Sight};
use super::body::{self, Members, unusable};
use super::comments;
use super::coordination_documents::{document, record_of};
use super::notices;
use super::paging::Asked;
use super::projects::private;
use crate::api::answer::Answer;
use crate::api::auth::Caller;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::negotiate::Media;
use crate::api::params::{Kind, Parameter, shortened};
use crate::api::time;
use stadtwin_access::{Action, Role};
use stadtwin_model::{Project, Scenario};
use stadtwin_store::{Addressee, Answered, CoordinationRequest, NewRequest};

pub static BOX: Parameter = Parameter {
    name: "box",
    component: "coordinationBox",
    description: "`in`: requests that the caller's organizations were sent; `out`: those that they sent.",
    kind: Kind::Choice(&["in", "out"]),
};

/// What requests are after (BauGB), and their names.
pub const KINDS: [(&str, &str); 4] = [
    ("baugb-2-2", "Abstimmung mit Nachbargemeinden (§ 2 Abs. 2 BauGB)"),
    ("baugb-4-1", "frühzeitige Beteiligung der Behörden (§ 4 Abs. 1 BauGB)"),
    ("baugb-4-2", "Beteiligung der Behörden (§ 4 Abs. 2 BauGB)"),
    ("informal", "informelle Anfrage"),
];
pub const ANSWERS: [&str; 3] = ["no-objection", "objection", "conditions"];
/// Organizations that one request goes to.
const MOST_ASKED: usize = 50;
/// Places that one answer speaks of.
const MOST_ANCHORS: usize = 100;
/// Who acts for an organization; its admins have these roles too.
const ACTING: [Role; 2] = [Role::Lead, Role::Publisher];

/// A request with all that belongs to it.
pub struct Whole {
    pub request: CoordinationRequest,
    pub addressees: Vec<Addressee>,
}

impl Whole {
    fn organizations(&self) -> Vec<String> {
        self.addressees.iter().map(|addressee| addressee.organization.clone()).collect()
    }
}

/// `GET /coordination-requests?box=in|out`.
pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let (store, asked) = (&call.state.store, Asked::of(&call));
    let own = own(call.caller.as_ref());
    let is_inbox = call.query.get("box") != Some("out");
    let found = store.coordination_requests(&own, is_inbox, asked.after, asked.limit + 1).await?;
    let part = asked.cut(found, |request| request.id);
    let ids: Vec<i64> = part.entries.iter().map(|request| request.id).collect();
    let mut addressees = store.addressees(&ids).await?;
    let links = part.links(&call);
    let entry = |request: CoordinationRequest| {
        let (its, others) =
            std::mem::take(&mut addressees).into_iter().partition(|one| one.request == request.id);
        addressees = others;
        document(&call, &visible(Whole { request, addressees: its }, &own))
    };
    let entries: Vec<Value> = part.entries.into_iter().map(entry).collect();
    Ok(private(Answer::json(Media::Json, &json!({ "links": links, "requests": entries }))))
}

/// `GET /coordination-requests/{id}`.
pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let whole = seen(&call, call.caller.as_ref()).await?;
    Ok(private(answer(&call, &whole)))
}

/// `GET …/record`: all there is to know, for the procedure file.
pub async fn record(call: Call) -> Result<Answer, ApiError> {
    let whole = seen(&call, call.caller.as_ref()).await?;
    let (store, request) = (&call.state.store, &whole.request);
    let gone = || ApiError::internal("a request without its scenario");
    let scenario = store.scenario(&request.scenario).await?.ok_or_else(gone)?;
    let project = store.project(&scenario.project).await?.ok_or_else(gone)?;
    let revisions = store.scenario_revisions(&scenario).await?;
    let revision = revisions.into_iter().find(|one| one.number == request.revision).ok_or_else(gone)?;
    let operations = store.own_operations((scenario.key, revision.version), 0, i64::MAX).await?;
    // A share that was taken back, or that is not for everybody: the request stays on file, the plan is not shown.
    let sees = match access::seen(&call, call.caller.as_ref(), &request.scenario).await {
        Ok((_, _, sight)) => sight == Sight::Draft || revision.is_public,
        Err(ApiError::NotFound(_)) => false,
        Err(error) => return Err(error),
    };
    let plan = Some((&project, &scenario, &revision)).filter(|_| sees);
    let record = record_of(&call, &whole, plan, &operations);
    let name = format!("attachment; filename=\"coordination-request-{}.json\"", request.id);
    Ok(private(Answer::json(Media::Json, &record)).with(header::CONTENT_DISPOSITION, &name))
}

/// `POST /coordination-requests`.
pub async fn create(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let known = ["scenario", "revision", "to", "from", "kind", "deadline", "message"];
    let members = body::object(&call, body, &known).await?;
    let id = members.title("scenario")?.ok_or_else(|| unusable("`scenario` is missing".to_owned()))?;
    let (scenario, project) = access::scenario_named(&call, Some(&caller), Action::Share, &id).await?;
    let new = read(&call, &caller, &members, (&scenario, &project)).await?;
    let id = call.state.store.send_request(&new).await?;
    tracing::info!(request = id, scenario = scenario.id, "Sent a coordination request");
    let subject = json!({ "request": id, "from": new.sender, "kind": new.kind });
    notices::tell(&call, new.to, &project, Some(&scenario), "coordination.requested", subject).await?;
    let whole = whole(&call, id).await?.ok_or_else(|| ApiError::internal("a request that is not there"))?;
    let location = call.base.to(&format!("/coordination-requests/{id}"));
    let answer = answer(&call, &whole).with(header::LOCATION, &location);
    Ok(Answer { status: StatusCode::CREATED, ..answer }.uncached())
}

async fn read(
    call: &Call,
    caller: &Caller,
    members: &Members,
    (scenario, project): (&Scenario, &Project),
) -> Result<NewRequest, ApiError> {
    let own = |organization: &&String| caller.has_one_of(&ACTING, organization);
    let sender = match members.title("from")? {
        Some(from) if project.owners.contains(&from) && own(&&from) => Some(from),
        Some(from) => {
            return Err(unusable(format!(
                "`from`: the caller sends nothing for `{}`, or it does not own the plan",
                shortened(&from)
            )));
        }
        None => project.owners.iter().find(own).cloned(),
    };
    let sender = sender.ok_or_else(|| ApiError::internal("a plan that somebody shares who owns it not"))?;
    let mut to = members.texts("to")?.unwrap_or_default();
    to.sort();
    to.dedup();
    if to.is_empty() || to.len() > MOST_ASKED {
        return Err(unusable(format!("`to` must name 1 to {MOST_ASKED} organizations")));
    }
    if to.contains(&sender) {
        return Err(unusable(format!("`to`: `{sender}` is who asks")));
    }
    body::check_organizations(call, "to", &to).await?;
    let kinds = KINDS.map(|(kind, _)| kind);
    let kind = members.text("kind")?.filter(|kind| kinds.contains(&kind.as_str()));
    let kind = kind.ok_or_else(|| unusable(format!("`kind` must be one of {}", kinds.join(", "))))?;
    let deadline = match members.text("deadline")? {
        None => None,
        Some(text) => Some(time::moment(&text).filter(|moment| *moment > now()).ok_or_else(|| {
            unusable(format!(
                "`deadline` must be a date or an RFC 3339 date-time to come, not `{}`",
                shortened(&text)
            ))
        })?),
    };
    let asked = members.0.get("revision").filter(|revision| !revision.is_null());
    let revisions = call.state.store.scenario_revisions(scenario).await?;
    let revision = match asked {
        None => revisions.first(),
        Some(asked) => revisions.iter().find(|one| asked.as_i64() == Some(i64::from(one.number))),
    };
    let revision = revision.ok_or_else(|| {
        unusable(match asked {
            None => {
                "the scenario has no revision: submit it first, so that what is asked about stays as it is"
                    .to_owned()
            }
            Some(_) => "`revision` must be the number of one that the scenario has".to_owned(),
        })
    })?;
    Ok(NewRequest {
        sender,
        to,
        kind,
        project: project.key,
        scenario: scenario.key,
        revision: revision.number,
        deadline,
        message: members.text("message")?.unwrap_or_default(),
        by: (caller.subject.clone(), caller.name.clone()),
    })
}

/// `POST …/receive`: the addressee has it.
pub async fn receive(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let whole = seen(&call, Some(&caller)).await?;
    let members = members(&call, body, &["organization"]).await?;
    let organization = addressed(&caller, &whole, &members)?;
    if !call.state.store.receive_request(whole.request.id, &organization, &caller.name).await? {
        return Err(elsewhere("it was received before, or is closed"));
    }
    tell_sender(&call, &whole, &organization, "coordination.received", json!({})).await?;
    answered(&call, &whole).await
}

/// `POST …/answer`.
pub async fn reply(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let whole = seen(&call, Some(&caller)).await?;
    let members = members(&call, body, &["organization", "answer", "text", "anchors"]).await?;
    let organization = addressed(&caller, &whole, &members)?;
    let answer = members.text("answer")?.filter(|answer| ANSWERS.contains(&answer.as_str()));
    let answer = answer.ok_or_else(|| unusable(format!("`answer` must be one of {}", ANSWERS.join(", "))))?;
    let text = members.text("text")?;
    if answer != "no-objection" && text.as_deref().is_none_or(|text| text.trim().is_empty()) {
        return Err(unusable(format!("`text` is missing: `{answer}` needs reasons")));
    }
    let given = Answered { answer, body: text, anchors: anchors(&members)? };
    if !call.state.store.answer_request(whole.request.id, &organization, &given, &caller.name).await? {
        return Err(elsewhere("it was answered before, or is closed"));
    }
    let subject = json!({ "answer": given.answer });
    tell_sender(&call, &whole, &organization, "coordination.answered", subject).await?;
    answered(&call, &whole).await
}

/// `POST …/close`: by who sent it, when all have answered or the time is over.
pub async fn close(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let whole = seen(&call, Some(&caller)).await?;
    if !caller.has_one_of(&ACTING, &whole.request.sender) {
        return Err(not_acting("that sent it"));
    }
    let comment = members(&call, body, &["comment"]).await?.text("comment")?;
    if !call.state.store.close_request(&whole.request, comment.as_deref(), &caller.name).await? {
        return Err(elsewhere("it is closed, or an answer is missing and the deadline is not over"));
    }
    let project = subject(&call, &whole).await?;
    let told = json!({ "request": whole.request.id });
    let (project, scenario) = (&project.1, Some(&project.0));
    notices::tell(&call, whole.organizations(), project, scenario, "coordination.closed", told).await?;
    answered(&call, &whole).await
}

/// A body may be left out.
async fn members(call: &Call, body: Body, known: &[&str]) -> Result<Members, ApiError> {
    match call.headers.contains_key(header::CONTENT_TYPE) {
        true => body::object(call, body, known).await,
        false => Ok(Members(serde_json::Map::new())),
    }
}

/// Places with what is said of each.
fn anchors(members: &Members) -> Result<Value, ApiError> {
    let list = match members.0.get("anchors") {
        None | Some(Value::Null) => return Ok(json!([])),
        Some(Value::Array(list)) if list.len() <= MOST_ANCHORS => list,
        Some(_) => return Err(unusable(format!("`anchors` must be an array of up to {MOST_ANCHORS}"))),
    };
    for anchor in list {
        comments::check_anchor(anchor, &["text"])?;
    }
    Ok(Value::Array(list.clone()))
}

/// The addressed organization that the caller acts for.
fn addressed(caller: &Caller, whole: &Whole, members: &Members) -> Result<String, ApiError> {
    let mut acting = whole.organizations();
    acting.retain(|organization| caller.has_one_of(&ACTING, organization));
    match (members.title("organization")?, acting.as_slice()) {
        (_, []) => Err(not_acting("that was asked")),
        (None, [only]) => Ok(only.clone()),
        (None, several) => Err(unusable(format!("`organization` is missing: one of {}", several.join(", ")))),
        (Some(named), acting) if acting.contains(&named) => Ok(named),
        (Some(named), acting) => Err(unusable(format!(
            "`organization` must be one of {}, not `{}`",
            acting.join(", "),
            shortened(&named)
        ))),
    }
}

fn not_acting(of: &str) -> ApiError {
    let detail = format!("this needs a lead or publisher of an organization {of}");
    ApiError::refused(StatusCode::FORBIDDEN, detail)
}

fn elsewhere(detail: &str) -> ApiError {
    ApiError::refused(StatusCode::CONFLICT, format!("the request is not in a state for that: {detail}"))
}

/// Organizations that the caller is something in.
fn own(caller: Option<&Caller>) -> Vec<String> {
    let memberships = caller.iter().flat_map(|caller| &caller.memberships);
    memberships.map(|membership| membership.organization.clone()).collect()
}

async fn whole(call: &Call, id: i64) -> Result<Option<Whole>, ApiError> {
    let store = &call.state.store;
    let Some(request) = store.coordination_request(id).await? else { return Ok(None) };
    Ok(Some(Whole { addressees: store.addressees(&[id]).await?, request }))
}

/// The request in the path, for who belongs to its sender or to somebody who is asked: these see their own answer.
async fn seen(call: &Call, caller: Option<&Caller>) -> Result<Whole, ApiError> {
    let asked = call.segment("requestId");
    let missing = || ApiError::NotFound(format!("no coordination request `{}`", shortened(asked)));
    let id = asked.parse().map_err(|_| missing())?;
    let found = visible(whole(call, id).await?.ok_or_else(missing)?, &own(caller));
    let is_ours = own(caller).contains(&found.request.sender) || !found.addressees.is_empty();
    if is_ours { Ok(found) } else { Err(missing()) }
}

/// Who sent it sees all answers, who was asked their own.
fn visible(mut whole: Whole, own: &[String]) -> Whole {
    if !own.contains(&whole.request.sender) {
        whole.addressees.retain(|addressee| own.contains(&addressee.organization));
    }
    whole
}

async fn subject(call: &Call, whole: &Whole) -> Result<(Scenario, Project), ApiError> {
    let gone = || ApiError::internal("a request without its scenario");
    let scenario = call.state.store.scenario(&whole.request.scenario).await?.ok_or_else(gone)?;
    let project = call.state.store.project(&scenario.project).await?.ok_or_else(gone)?;
    Ok((scenario, project))
}

async fn tell_sender(
    call: &Call,
    whole: &Whole,
    organization: &str,
    kind: &'static str,
    mut told: Value,
) -> Result<(), ApiError> {
    told["request"] = whole.request.id.into();
    told["organization"] = organization.into();
    let (scenario, project) = subject(call, whole).await?;
    let sender = vec![whole.request.sender.clone()];
    notices::tell(call, sender, &project, Some(&scenario), kind, told).await
}

async fn answered(call: &Call, before: &Whole) -> Result<Answer, ApiError> {
    let now = whole(call, before.request.id).await?;
    let now = now.ok_or_else(|| ApiError::internal("a request that is not there"))?;
    let own = own(call.caller.as_ref());
    Ok(answer(call, &visible(now, &own)).uncached())
}

fn answer(call: &Call, whole: &Whole) -> Answer {
    Answer::json(Media::Json, &document(call, whole))
}

fn now() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}
