//! Coordination requests as JSON: as they are answered, and as records of the procedure.

use serde_json::{Value, json};

use super::coordination::{KINDS, Whole};
use super::documents::{self, scenario_path};
use crate::api::call::Call;
use crate::api::links::link;
use crate::api::negotiate::Media;
use crate::api::time;
use stadtwin_model::{Project, Scenario};
use stadtwin_store::{Addressee, ScenarioRevision, StoredOperation};

/// A request with the answers that the caller may see.
pub fn document(call: &Call, whole: &Whole) -> Value {
    let request = &whole.request;
    let name = KINDS.iter().find(|(kind, _)| *kind == request.kind).map(|(_, name)| *name);
    let subject = format!("{}@{}", request.scenario, request.revision);
    let path = format!("/coordination-requests/{}", request.id);
    let operations = format!("{}/operations?revision={}", scenario_path(&request.scenario), request.revision);
    json!({
        "id": request.id,
        "kind": request.kind,
        "name": name,
        "from": request.sender,
        "scenario": request.scenario,
        "revision": request.revision,
        "subject": subject,
        "message": request.message,
        "deadline": request.deadline,
        "overdue": request.is_over && request.closed.is_none(),
        "state": state(whole),
        "sent": request.sent,
        "sentBy": request.sent_by,
        "closed": request.closed,
        "closedBy": request.closed_by,
        "closing": request.closing,
        "addressees": whole.addressees.iter().map(addressee).collect::<Vec<_>>(),
        "links": [
            link("self", &call.base.to(&path), Media::Json, "the request"),
            link("related", &call.base.to(&scenario_path(&request.scenario)), Media::Json, "the scenario"),
            link("item", &call.base.to(&operations), Media::Json, "what is planned"),
            link("alternate", &call.base.to(&format!("{path}/record")), Media::Json, "for the procedure file"),
        ],
    })
}

/// Of the whole: as far as the last of those who are asked have come.
fn state(whole: &Whole) -> &'static str {
    if whole.request.closed.is_some() {
        return "closed";
    }
    let states = whole.addressees.iter().map(state_of);
    ["sent", "received"]
        .into_iter()
        .find(|state| states.clone().any(|one| one == *state))
        .unwrap_or("answered")
}

fn state_of(addressee: &Addressee) -> &'static str {
    match (&addressee.received, &addressee.answered) {
        (_, Some(_)) => "answered",
        (Some(_), None) => "received",
        (None, None) => "sent",
    }
}

fn addressee(addressee: &Addressee) -> Value {
    json!({
        "organization": addressee.organization,
        "state": state_of(addressee),
        "received": addressee.received,
        "receivedBy": addressee.received_by,
        "answered": addressee.answered,
        "answeredBy": addressee.answered_by,
        "answer": addressee.answer,
        "text": addressee.body,
        "anchors": addressee.anchors.0,
    })
}

/// All that belongs to the request: what was asked about what, by whom and when, and what each said.
/// Without the plan for who does not see it.
pub fn record_of(
    call: &Call,
    whole: &Whole,
    plan: Option<(&Project, &Scenario, &ScenarioRevision)>,
    operations: &[StoredOperation],
) -> Value {
    let steps = operations.iter().map(|operation| {
        let mut step = documents::operation(operation, "");
        if let Some(members) = step.as_object_mut() {
            // What is of use without the server.
            members.retain(|name, _| {
                ["seq", "op", "targets", "made", "validity", "phase", "time", "comment"]
                    .contains(&name.as_str())
            });
        }
        step
    });
    let mut record = json!({
        "type": "coordination-record",
        "generated": time::now(),
        "request": document(call, whole),
        "history": history(whole),
    });
    if let Some((project, scenario, revision)) = plan {
        record["project"] = json!({
            "id": project.id,
            "title": project.title,
            "planNumber": project.plan_number,
            "owners": project.owners,
            "stage": project.stage,
        });
        record["scenario"] =
            json!({ "id": scenario.id, "title": scenario.title, "description": scenario.description });
        record["revision"] = documents::revision(call, scenario, revision);
        record["operations"] = steps.collect::<Vec<_>>().into();
    }
    record
}

/// What happened, in its order.
fn history(whole: &Whole) -> Vec<Value> {
    let request = &whole.request;
    let entry = |time: &Option<String>, by: &Option<String>, organization: &str, what: &str| {
        Some((time.clone()?, json!({ "time": time, "by": by, "organization": organization, "what": what })))
    };
    let sent = entry(&Some(request.sent.clone()), &Some(request.sent_by.clone()), &request.sender, "sent");
    let closed = entry(&request.closed, &request.closed_by, &request.sender, "closed");
    let answers = whole.addressees.iter().flat_map(|one| {
        let answer = one.answer.as_deref().unwrap_or_default();
        [
            entry(&one.received, &one.received_by, &one.organization, "received"),
            entry(&one.answered, &one.answered_by, &one.organization, &format!("answered: {answer}")),
        ]
    });
    let mut entries: Vec<(String, Value)> =
        std::iter::once(sent).chain(answers).chain([closed]).flatten().collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    entries.into_iter().map(|(_, entry)| entry).collect()
}
