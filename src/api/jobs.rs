//! `/jobs` and `/jobs/{id}`: what is being done, in the terms of OGC API – Processes (statusInfo). Everybody sees how far a
//! job is; message, log and report may name files and what is not public yet, so they need a token.

use askama::Template;
use axum::http::{HeaderName, StatusCode, header};
use serde_json::{Value, json};

use super::answer::Answer;
use super::auth::{self, Caller};
use super::call::Call;
use super::error::ApiError;
use super::html::{self, Frame};
use super::links::{Links, link};
use super::negotiate::{Language, Media};
use super::params::{DEFAULT_LIMIT, MAX_LIMIT, shortened};
use super::paths::without_folders;
use super::processes;
use super::readable::shown;
use super::table::{Cell, Table, TablePage, cell, linked};
use stadtwin_model::{Page, Target};
use stadtwin_store::{JobState, StoredJob};

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let page = page_of(&call, None).await?;
    if html::wanted(&call) {
        let title = words(&call).jobs;
        return list_page(&call, page, title, Vec::new());
    }
    Ok(personal(Answer::json(Media::Json, &list_document(&call, &page))))
}

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let job = as_seen(named(&call).await?, call.caller.as_ref());
    let answer = if html::wanted(&call) {
        Answer::new(Media::Html, job_page(&call, &job).render()?)
    } else {
        Answer::json(Media::Json, &document(&call, &job))
    };
    // A page of a job under way is looked at to see how far it is.
    let is_watched = html::wanted(&call) && !job.state.is_final();
    let answer = personal(answer);
    Ok(if is_watched { answer.with(HeaderName::from_static("refresh"), "3") } else { answer })
}

pub async fn dismiss(call: Call, caller: Caller) -> Result<Answer, ApiError> {
    let job = named(&call).await?;
    auth::check_import(&caller, job.target.as_ref())?;
    if processes::has_kept_file(&call, &job)
        && call.state.store.discard_job(job.id, "dismissed; its file was removed").await?
    {
        processes::remove_file(&call, &job);
        tracing::info!(job = job.id, token = caller.name, "Removed the result of a job");
        return Ok(Answer::json(Media::Json, &document(&call, &named(&call).await?)).uncached());
    }
    if !call.state.store.dismiss_job(job.id).await? {
        let job = named(&call).await?;
        return Err(ApiError::refused(
            StatusCode::CONFLICT,
            match job.published.filter(|_| !job.state.is_final()) {
                Some(revision) => format!(
                    "job {} has published revision {revision} and can no longer be cancelled: `stadtwin rollback` \
                     brings back the state before it",
                    job.id
                ),
                None => format!("job {} has ended: it is {}", job.id, job.state.name()),
            },
        ));
    }
    tracing::info!(job = job.id, token = caller.name, "Cancelled a job");
    Ok(Answer::json(Media::Json, &document(&call, &named(&call).await?)).uncached())
}

/// The page asked for, of one target's imports or of all jobs.
pub async fn page_of(call: &Call, imports_of: Option<&Target>) -> Result<Page<StoredJob>, ApiError> {
    let limit =
        call.query.integer("limit").unwrap_or(i64::from(DEFAULT_LIMIT)).clamp(1, i64::from(MAX_LIMIT));
    let after = call.query.integer("after");
    let page = match imports_of {
        Some(_) => call.state.store.jobs(imports_of, after, limit).await?,
        None => call.state.store.jobs_asked(&processes::job_query(call)?, after, limit).await?,
    };
    let seen = |job| as_seen(without_folders(job), call.caller.as_ref());
    Ok(Page { items: page.items.into_iter().map(seen).collect(), next: page.next })
}

/// The job as far as the reader may see it.
fn as_seen(job: StoredJob, reader: Option<&Caller>) -> StoredJob {
    if reader.is_some_and(|reader| reader.may_read_jobs(job.target.as_ref())) {
        return job;
    }
    StoredJob { message: String::new(), log: Value::Null, report: None, parameters: Value::Null, ..job }
}

/// What is shown depends on the token: no cache may give it to others.
pub fn personal(answer: Answer) -> Answer {
    answer
        .with(header::CACHE_CONTROL, "private, no-cache")
        .with(header::VARY, "Accept, Accept-Encoding, Accept-Language, Authorization")
}

pub fn list_document(call: &Call, page: &Page<StoredJob>) -> Value {
    let mut links = call.own_links();
    if let Some(next) = page.next {
        links.push(link("next", &call.base.to(&next_path(call, next)), call.media, "the next page"));
    }
    let brief = |job: &StoredJob| {
        let mut document = document(call, job);
        if let Some(members) = document.as_object_mut() {
            members.shift_remove("log");
            members.shift_remove("report");
        }
        document
    };
    json!({ "jobs": page.items.iter().map(brief).collect::<Vec<_>>(), "links": links })
}

pub fn list_page(
    call: &Call,
    page: Page<StoredJob>,
    title: &str,
    crumbs: Vec<(String, String)>,
) -> Result<Answer, ApiError> {
    let words = words(call);
    let row = |job: &StoredJob| -> Vec<Cell> {
        let url = format!("{}/jobs/{}?f=html", call.base.prefix(), job.id);
        vec![
            linked(job.id.to_string(), url),
            cell(kind_word(call, &job.kind)),
            cell(job.target.as_ref().map(Target::to_string).unwrap_or_default()),
            cell(state_word(call, job.state)),
            cell(job.progress.map(|percent| format!("{percent} %")).unwrap_or_default()),
            cell(call.language.date(&job.created)),
            cell(job.message.clone()),
        ]
    };
    let page = TablePage {
        frame: Frame::of(call, title, crumbs),
        lead: if page.items.is_empty() { words.none.to_owned() } else { String::new() },
        facts: Vec::new(),
        tables: vec![Table {
            caption: words.jobs,
            columns: vec!["Id", words.kind, words.collection, words.state, "%", words.created, words.message],
            rows: page.items.iter().map(row).collect(),
        }],
        next_url: page
            .next
            .map(|next| format!("{}{}", call.base.prefix(), next_path(call, next)))
            .unwrap_or_default(),
    };
    Ok(personal(Answer::new(Media::Html, page.render()?)))
}

/// What is done, for people.
fn kind_word(call: &Call, kind: &str) -> String {
    let [english, german] = processes::of_kind(kind).map_or([kind, kind], |process| process.title);
    if call.language == Language::German { german } else { english }.to_owned()
}

fn state_word(call: &Call, state: JobState) -> &'static str {
    if call.language != Language::German {
        return state.name();
    }
    match state {
        JobState::Queued => "wartet",
        JobState::Running => "läuft",
        JobState::Successful => "gelungen",
        JobState::Failed => "gescheitert",
        JobState::Dismissed => "verworfen",
    }
}

/// What a client learns of a job: nothing of the server's paths and of who asked for it.
pub fn document(call: &Call, job: &StoredJob) -> Value {
    let status = if job.state == JobState::Queued { "accepted" } else { job.state.name() };
    let mut document = json!({
        "jobID": job.id.to_string(),
        "processID": processes::of_kind(&job.kind).map_or(job.kind.as_str(), |process| process.id),
        "type": "process",
        "status": status,
        "created": job.created,
        "updated": job.updated,
        "priority": job.priority,
        "attempts": job.attempts,
        "links": links(call, job),
    });
    let more = [
        ("collection", job.target.as_ref().and_then(Target::collection).map(|id| json!(id))),
        ("terrain", job.target.as_ref().and_then(Target::terrain).map(|id| json!(id))),
        ("started", job.started.as_ref().map(|time| json!(time))),
        ("finished", job.finished.as_ref().map(|time| json!(time))),
        ("progress", job.progress.map(|percent| json!(percent))),
        ("message", Some(json!(job.message)).filter(|_| !job.log.is_null())),
        ("log", Some(job.log.clone()).filter(|log| !log.is_null())),
        ("published", job.published.map(|revision| json!(revision))),
        ("report", job.report.clone()),
    ];
    for (name, value) in more {
        if let Some(value) = value {
            document[name] = value;
        }
    }
    document
}

fn links(call: &Call, job: &StoredJob) -> Links {
    let url = call.base.to(&format!("/jobs/{}", job.id));
    let mut links = vec![
        link("self", &format!("{url}?f=json"), Media::Json, "this job"),
        link("alternate", &format!("{url}?f=html"), Media::Html, "this job as HTML"),
    ];
    if job.state == JobState::Successful {
        links.push(link(processes::RESULTS_REL, &format!("{url}/results"), Media::Json, "what came of it"));
    }
    // Their names need no encoding.
    let (rel, path) = match &job.target {
        Some(Target::Collection(id)) => ("collection", format!("/collections/{id}?f=json")),
        Some(Target::Terrain(id)) => ("related", format!("/terrain/{id}?f=json")),
        None => return links,
    };
    links.push(link(rel, &call.base.to(&path), Media::Json, "what it works on"));
    links
}

/// The job in the path.
pub async fn named(call: &Call) -> Result<StoredJob, ApiError> {
    let text = call.segment("jobId");
    let job = match text.parse() {
        Ok(id) => call.state.store.job(id).await?,
        Err(_) => None,
    };
    job.map(without_folders)
        .ok_or_else(|| ApiError::no_such("no-such-job", format!("no job `{}`", shortened(text))))
}

fn next_path(call: &Call, next: i64) -> String {
    let next = next.to_string();
    format!("{}{}", call.path, call.query.with(&[("after", Some(&next)), ("f", Some(call.media.format()))]))
}

fn job_page(call: &Call, job: &StoredJob) -> TablePage {
    let words = words(call);
    let crumbs = vec![(words.jobs.to_owned(), format!("{}/jobs?f=html", call.base.prefix()))];
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
    let time = |time: &Option<String>| call.language.date(time.as_deref().unwrap_or("–"));
    let logged = job.log.as_array().into_iter().flatten().rev();
    let report = job.report.iter().filter_map(Value::as_object).flatten();
    TablePage {
        frame: Frame::of(call, &format!("{} {}", words.job, job.id), crumbs),
        lead: if job.log.is_null() { words.hidden.to_owned() } else { job.message.clone() },
        facts: vec![
            (words.kind, kind_word(call, &job.kind)),
            (words.collection, text(&job.target.as_ref().map(Target::to_string))),
            (words.state, state_word(call, job.state).to_owned()),
            (words.progress, job.progress.map_or("–".to_owned(), |percent| format!("{percent} %"))),
            (words.created, call.language.date(&job.created)),
            (words.started, time(&job.started)),
            (words.finished, time(&job.finished)),
        ],
        tables: vec![
            Table {
                caption: words.report,
                columns: vec![words.what, words.value],
                rows: report
                    .filter(|(_, value)| !matches!(value, Value::Null))
                    .map(|(name, value)| vec![cell(name.clone()), cell(brief(value, call.language))])
                    .collect(),
            },
            Table {
                caption: words.log,
                columns: vec![words.time, words.message],
                rows: logged
                    .map(|entry| {
                        vec![
                            cell(shown(&entry["time"], call.language)),
                            cell(shown(&entry["message"], call.language)),
                        ]
                    })
                    .collect(),
            },
        ],
        next_url: String::new(),
    }
}

/// A value of a report as far as a page shows it.
fn brief(value: &Value, language: Language) -> String {
    let text = shown(value, language);
    if text.chars().count() <= 2_000 { text } else { text.chars().take(2_000).chain(['…']).collect() }
}

struct Words {
    job: &'static str,
    jobs: &'static str,
    none: &'static str,
    hidden: &'static str,
    kind: &'static str,
    collection: &'static str,
    state: &'static str,
    progress: &'static str,
    created: &'static str,
    started: &'static str,
    finished: &'static str,
    message: &'static str,
    report: &'static str,
    log: &'static str,
    what: &'static str,
    value: &'static str,
    time: &'static str,
}

fn words(call: &Call) -> &'static Words {
    match call.language {
        Language::English => &Words {
            job: "Job",
            jobs: "Jobs",
            none: "There are no jobs.",
            hidden: "Message, report and log are shown to holders of a token.",
            kind: "Kind",
            collection: "Collection or terrain",
            state: "State",
            progress: "Progress",
            created: "Created",
            started: "Started",
            finished: "Finished",
            message: "Message",
            report: "Report",
            log: "Log",
            what: "What",
            value: "Value",
            time: "Time",
        },
        Language::German => &Words {
            job: "Auftrag",
            jobs: "Aufträge",
            none: "Es gibt keine Aufträge.",
            hidden: "Meldung, Bericht und Protokoll sehen Inhaber eines Tokens.",
            kind: "Art",
            collection: "Sammlung oder Gelände",
            state: "Stand",
            progress: "Fortschritt",
            created: "Erteilt",
            started: "Begonnen",
            finished: "Beendet",
            message: "Meldung",
            report: "Bericht",
            log: "Protokoll",
            what: "Was",
            value: "Wert",
            time: "Zeit",
        },
    }
}
