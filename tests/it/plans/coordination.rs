//! Organizations ask others about revisions of plans, and these answer.

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use stadtwin::access::Role;
use stadtwin::api::{AppState, look_at_plans};
use stadtwin::crs::HeightModel;
use stadtwin::model::{Organization, OrganizationKind};

use super::office::{Office, remove, token};
use crate::http::Answer;

const REQUESTS: &str = "/coordination-requests";
const JSON: (&str, &str) = ("content-type", "application/json");

async fn post(office: &Office, token: &str, target: &str, body: &Value) -> Answer {
    office.send(token, "POST", target, &[JSON], body.to_string().as_bytes()).await
}

async fn read(office: &Office, token: &str, target: &str) -> Value {
    let answer = office.get(token, target).await;
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    answer.json()
}

/// A draft `A` without B1, and a third municipality with a lead.
async fn open() -> (Office, String) {
    let office = Office::open().await;
    let organization = Organization {
        id: "haar".to_owned(),
        name: "Haar".to_owned(),
        kind: OrganizationKind::Municipality,
        ags: None,
        parent: None,
        boundary: None,
    };
    office.served.database.store.keep_organization(&organization).await.unwrap();
    let third = token(&office.served, "haar", Role::Lead).await;
    office.scenario("A", None).await;
    office.does("A", json!([remove("B1")])).await;
    (office, third)
}

fn ask(to: &[&str]) -> Value {
    json!({ "scenario": "A", "to": to, "kind": "baugb-2-2", "message": "Bitte um Stellungnahme." })
}

/// Kinds of what an organization was told of coordination, with the request.
async fn told(office: &Office, token: &str) -> Vec<String> {
    let list = read(office, token, "/notifications").await;
    let entries = list["notifications"].as_array().unwrap().iter();
    let of = entries.filter(|entry| entry["kind"].as_str().unwrap().starts_with("coordination."));
    of.map(|entry| {
        assert_eq!((&entry["subject"]["request"], &entry["scenario"]), (&json!(1), &json!("A")));
        entry["kind"].as_str().unwrap().to_owned()
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_goes_from_sent_to_closed() {
    let (office, third) = open().await;
    let (lead, neighbour) = (office.lead.as_str(), office.neighbour.as_str());
    office.go(lead, "A", "submit").await;
    assert_eq!(office.get(neighbour, "/scenarios/A").await.status, 404);

    let sent = post(&office, lead, REQUESTS, &ask(&["ismaning", "haar", "haar"])).await;
    assert_eq!(sent.status, 201, "{}", sent.text());
    assert!(sent.header("location").ends_with("/coordination-requests/1"));
    let request = sent.json();
    assert_eq!(
        (&request["from"], &request["subject"], &request["state"], &request["overdue"]),
        (&json!("garching"), &json!("A@1"), &json!("sent"), &json!(false))
    );
    let deadline: Timestamp = request["deadline"].as_str().unwrap().parse().unwrap();
    let days = (deadline.as_second() - Timestamp::now().as_second()) as f64 / 86_400.0;
    assert!((27.0..=31.1).contains(&days), "{days}");

    // They read what they are asked about, and no more than their own answer.
    assert_eq!(office.ids(neighbour, "scenario=A@1").await, ["B2"]);
    assert_eq!(told(&office, neighbour).await, ["coordination.requested"]);
    let listed = async |token: &str, side: &str| {
        let list = read(&office, token, &format!("{REQUESTS}?box={side}")).await;
        list["requests"].as_array().unwrap().len()
    };
    for (token, inbox, outbox) in [(neighbour, 1, 0), (third.as_str(), 1, 0), (lead, 0, 1)] {
        assert_eq!((listed(token, "in").await, listed(token, "out").await), (inbox, outbox));
    }
    let own = read(&office, neighbour, "/coordination-requests/1").await;
    assert_eq!(own["addressees"].as_array().unwrap().len(), 1);
    assert_eq!(own["addressees"][0]["organization"], "ismaning");

    let received = post(&office, neighbour, "/coordination-requests/1/receive", &json!({})).await;
    assert_eq!(received.status, 200, "{}", received.text());
    assert_eq!(received.json()["addressees"][0]["state"], "received");
    // Haar has not: the request as a whole is where it was.
    assert_eq!(read(&office, lead, "/coordination-requests/1").await["state"], "sent");

    let conditions = json!({
        "answer": "conditions", "text": "Mit Lärmschutz.",
        "anchors": [{ "text": "hier", "point": [11.65, 48.25, 480.0] }],
    });
    let answered = post(&office, neighbour, "/coordination-requests/1/answer", &conditions).await;
    assert_eq!(answered.status, 200, "{}", answered.text());
    let early = post(&office, lead, "/coordination-requests/1/close", &json!({})).await;
    assert_eq!(early.status, 409, "{}", early.text());
    // An answer says that the request has come.
    let agreed = json!({ "answer": "no-objection" });
    assert_eq!(post(&office, &third, "/coordination-requests/1/answer", &agreed).await.status, 200);
    let whole = read(&office, lead, "/coordination-requests/1").await;
    assert_eq!(whole["state"], "answered");
    let answers = whole["addressees"].as_array().unwrap();
    assert_eq!(
        (&answers[0]["organization"], &answers[0]["answer"]),
        (&json!("haar"), &json!("no-objection"))
    );
    assert_eq!(answers[0]["received"], answers[0]["answered"]);
    assert_eq!(
        (&answers[1]["text"], &answers[1]["anchors"][0]["text"]),
        (&json!("Mit Lärmschutz."), &json!("hier"))
    );

    let closed =
        post(&office, lead, "/coordination-requests/1/close", &json!({ "comment": "Wand kommt." })).await;
    assert_eq!((closed.status, &closed.json()["state"]), (200, &json!("closed")), "{}", closed.text());
    for (token, way, body) in
        [(neighbour, "receive", json!({})), (&third, "answer", agreed), (lead, "close", json!({}))]
    {
        let target = format!("/coordination-requests/1/{way}");
        assert_eq!(post(&office, token, &target, &body).await.status, 409, "{way}");
    }
    assert_eq!(
        told(&office, lead).await,
        ["coordination.received", "coordination.answered", "coordination.answered"]
    );
    assert_eq!(told(&office, neighbour).await, ["coordination.requested", "coordination.closed"]);
    check_record(&office).await;

    // What was asked about stays.
    assert_eq!(office.go(lead, "A", "return").await.status, 200);
    let removal = office.send(lead, "DELETE", "/scenarios/A", &[], b"").await;
    assert!(removal.status == 409 && removal.text().contains("coordination request"), "{}", removal.text());
}

async fn check_record(office: &Office) {
    let answer = office.get(&office.lead, "/coordination-requests/1/record").await;
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"coordination-request-1.json\"");
    let record = answer.json();
    let history = record["history"].as_array().unwrap().iter();
    let history: Vec<(&str, &str)> = history
        .map(|entry| (entry["organization"].as_str().unwrap(), entry["what"].as_str().unwrap()))
        .collect();
    assert_eq!((history.len(), history[0], history[5]), (6, ("garching", "sent"), ("garching", "closed")));
    for entry in [
        ("ismaning", "received"),
        ("ismaning", "answered: conditions"),
        ("haar", "received"),
        ("haar", "answered: no-objection"),
    ] {
        assert!(history.contains(&entry), "{history:?}");
    }
    let revisions = read(office, &office.planner, "/scenarios/A/revisions").await;
    assert_eq!(record["revision"]["hash"], revisions["revisions"][0]["hash"]);
    assert_eq!(
        (&record["operations"][0]["op"], &record["operations"][0]["targets"], &record["project"]["id"]),
        (&json!("remove"), &json!(["B1"]), &json!("p"))
    );
    assert_eq!(record["request"]["closing"], "Wand kommt.");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_sent_and_answered_by_those_who_may() {
    let (office, third) = open().await;
    let lead = office.lead.as_str();
    let with = |name: &str, value: Value| {
        let mut body = ask(&["ismaning"]);
        body[name] = value;
        body
    };
    let unsubmitted = post(&office, lead, REQUESTS, &ask(&["ismaning"])).await;
    assert!(
        unsubmitted.status == 422 && unsubmitted.text().contains("submit it first"),
        "{}",
        unsubmitted.text()
    );
    office.go(lead, "A", "submit").await;
    for (body, part) in [
        (ask(&[]), "`to` must name 1 to 50"),
        (ask(&["garching"]), "is who asks"),
        (ask(&["nowhere"]), "no organization `nowhere`"),
        (with("kind", json!("letter")), "`kind` must be one of baugb-2-2, baugb-4-1, baugb-4-2, informal"),
        (with("deadline", json!("2020-01-01")), "`deadline` must be a date"),
        (with("deadline", json!("soon")), "`deadline` must be a date"),
        (with("revision", json!(7)), "`revision` must be the number of one"),
        (with("from", json!("ismaning")), "`from`: the caller sends nothing"),
        (with("cc", json!("x")), "unknown member `cc`"),
    ] {
        let answer = post(&office, lead, REQUESTS, &body).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.text());
        assert!(answer.json()["detail"].as_str().unwrap().contains(part), "{body}: {}", answer.text());
    }
    for (token, status) in [("", 401), (&office.planner, 403), (&office.neighbour, 404), (&third, 404)] {
        assert_eq!(post(&office, token, REQUESTS, &ask(&["haar"])).await.status, status);
    }
    let publisher = post(&office, &office.publisher, REQUESTS, &ask(&["ismaning"])).await;
    assert_eq!(publisher.status, 201, "{}", publisher.text());

    // Strangers see nothing, members without the role do nothing.
    let planner = token(&office.served, "ismaning", Role::Planner).await;
    for way in ["", "/record"] {
        let target = format!("/coordination-requests/1{way}");
        for (token, status) in [("", 401), (&third, 404), (&planner, 200), (&office.planner, 200)] {
            assert_eq!(office.get(token, &target).await.status, status, "{way}");
        }
    }
    // The share taken back, the request stays on file without the plan.
    let record = read(&office, &planner, "/coordination-requests/1/record").await;
    assert_eq!(record["scenario"]["id"], "A");
    let shares = read(&office, lead, "/scenarios/A/shares").await;
    let share = format!("/scenarios/A/shares/{}", shares["shares"][0]["id"]);
    assert_eq!(office.send(lead, "DELETE", &share, &[], b"").await.status, 204);
    let record = read(&office, &planner, "/coordination-requests/1/record").await;
    assert_eq!((&record["scenario"], &record["operations"]), (&Value::Null, &Value::Null));
    assert_eq!(record["request"]["id"], 1);
    assert_eq!(read(&office, &third, REQUESTS).await["requests"], json!([]));
    let agreed = json!({ "answer": "no-objection" });
    for (way, body) in [("receive", json!({})), ("answer", agreed.clone()), ("close", json!({}))] {
        let target = format!("/coordination-requests/1/{way}");
        for (token, status) in [("", 401), (&third, 404), (&planner, 403), (&office.planner, 403)] {
            let answer = post(&office, token, &target, &body).await;
            assert_eq!(answer.status, status, "{way}: {}", answer.text());
        }
    }
    // Who was asked does not close, who asked does not answer.
    for (token, way) in [(&office.neighbour, "close"), (&office.lead, "answer"), (&office.lead, "receive")] {
        let answer = post(&office, token, &format!("/coordination-requests/1/{way}"), &json!({})).await;
        assert_eq!(answer.status, 403, "{way}: {}", answer.text());
    }
    for (body, part) in [
        (json!({}), "`answer` must be one of no-objection, objection, conditions"),
        (json!({ "answer": "objection" }), "needs reasons"),
        (json!({ "answer": "conditions", "text": " " }), "needs reasons"),
        (json!({ "answer": "no-objection", "anchors": [{ "point": "x" }] }), "`anchor.point`"),
        (json!({ "answer": "no-objection", "anchors": [{ "place": 1 }] }), "unknown member `place`"),
        (json!({ "answer": "no-objection", "anchors": {} }), "`anchors` must be an array"),
        (
            json!({ "answer": "no-objection", "organization": "haar" }),
            "`organization` must be one of ismaning",
        ),
    ] {
        let answer = post(&office, &office.neighbour, "/coordination-requests/1/answer", &body).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.text());
        assert!(answer.json()["detail"].as_str().unwrap().contains(part), "{body}: {}", answer.text());
    }

    // When the time is over, silence is enough.
    let mut database = PgConnection::connect(&office.served.database.url).await.unwrap();
    sqlx::query("UPDATE coordination_request SET deadline = now() - interval '1 day'")
        .execute(&mut database)
        .await
        .unwrap();
    assert_eq!(read(&office, lead, "/coordination-requests/1").await["overdue"], true);
    let closed = post(&office, lead, "/coordination-requests/1/close", &json!({})).await;
    assert_eq!(closed.status, 200, "{}", closed.text());

    // A day that was asked for, and another revision than the newest.
    office.go(lead, "A", "return").await;
    office.does("A", json!([remove("B2")])).await;
    office.go(lead, "A", "submit").await;
    let day = (Timestamp::now() + 240.hours()).to_string();
    let mut body = with("deadline", json!(day));
    body["revision"] = json!(1);
    let second = office.made(lead, REQUESTS, &body).await;
    assert_eq!((&second["subject"], &second["id"]), (&json!("A@1"), &json!(2)));
    let deadline: Timestamp = second["deadline"].as_str().unwrap().parse().unwrap();
    assert!((deadline.as_second() - day.parse::<Timestamp>().unwrap().as_second()).abs() <= 1);
    // Page by page.
    let page = read(&office, lead, "/coordination-requests?box=out&limit=1").await;
    assert_eq!((&page["requests"][0]["id"], page["requests"].as_array().unwrap().len()), (&json!(1), 1));
    let links = page["links"].as_array().unwrap();
    let next = links.iter().find(|link| link["rel"] == "next").unwrap()["href"].as_str().unwrap();
    let page = read(&office, lead, &next[next.find(REQUESTS).unwrap()..]).await;
    assert_eq!(page["requests"][0]["id"], 2);
}

/// A week before the deadline those who have not answered are told, behind it the sender too: each once.
#[tokio::test(flavor = "multi_thread")]
async fn deadlines_are_told_of_once() {
    let (office, third) = open().await;
    let (lead, neighbour) = (office.lead.as_str(), office.neighbour.as_str());
    office.go(lead, "A", "submit").await;
    let sent = post(&office, lead, REQUESTS, &ask(&["ismaning", "haar"])).await;
    assert_eq!(sent.status, 201, "{}", sent.text());
    let agreed = json!({ "answer": "no-objection" });
    assert_eq!(post(&office, &third, "/coordination-requests/1/answer", &agreed).await.status, 200);
    let state = AppState::new(office.served.database.store.clone(), HeightModel::Constant(45.5));
    let mut connection = PgConnection::connect(&office.served.database.url).await.unwrap();
    let (asked, due, overdue) = ("coordination.requested", "coordination.due", "coordination.overdue");
    for (left, neighbours, senders) in [
        ("8 days", vec![asked], 0),
        ("6 days", vec![asked, due], 0),
        ("-1 hours", vec![asked, due, overdue], 1),
    ] {
        let moved = "UPDATE coordination_request SET deadline = now() + $1::interval";
        sqlx::query(moved).bind(left).execute(&mut connection).await.unwrap();
        for _ in 0..2 {
            look_at_plans(&state).await.unwrap();
            assert_eq!(told(&office, neighbour).await, neighbours, "{left}");
            let theirs = told(&office, lead).await;
            assert_eq!(theirs.iter().filter(|kind| *kind == overdue).count(), senders, "{left}: {theirs:?}");
        }
        // Who has answered is left in peace.
        assert_eq!(told(&office, &third).await, [asked], "{left}");
    }
    let list = read(&office, lead, "/notifications").await;
    let last = list["notifications"].as_array().unwrap().last().unwrap()["subject"].clone();
    assert_eq!(
        (&last["unanswered"], &last["from"], &last["kind"]),
        (&json!(["ismaning"]), &json!("garching"), &json!("baugb-2-2"))
    );
    office.served.database.close().await;
}
