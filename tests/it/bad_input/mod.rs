//! Damaged and hostile input, as a file, in a zip archive, through standard input and as an upload: each is told in a
//! sentence, costs little, and leaves what was there.

mod cases;
mod child;

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::jobs::{FORM, Server, form, spawn_worker};
use cases::{Case, cases, zip};
use child::{Outcome, peak_bytes, run, run_with_endless_input};

/// Most memory that a process may take for any of the cases.
const MOST_BYTES: u64 = 256 << 20;
/// Longest that a process may take for any of the cases, on a busy machine and not optimised.
const LONGEST: Duration = Duration::from_secs(30);

/// A building that is well.
const TOWN: &str = include_str!("../../fixtures/two_boxes.gml");

/// Every finding of a report, and why a file could not be read: code, line and sentence.
fn told(report: &Value) -> Vec<(String, u64, String)> {
    let mut all = Vec::new();
    for file in report["files"].as_array().unwrap() {
        if let Some(reason) = file["unreadable"].as_str() {
            all.push((String::new(), 0, reason.to_owned()));
        }
        for issue in file["issues"].as_array().unwrap() {
            let code = issue["code"].as_str().map_or_else(|| issue["code"].to_string(), str::to_owned);
            let message = issue["message"].as_str().unwrap().to_owned();
            all.push((code, issue["line"].as_u64().unwrap(), message));
        }
    }
    all
}

/// One sentence, the line, and bounded cost.
fn check(case: &Case, way: &str, outcome: &Outcome) -> Result<(), String> {
    let at = || format!("{} {way}", case.name);
    let report: Value = serde_json::from_str(&outcome.text)
        .map_err(|_| format!("{}: no report but {:?} {}", at(), outcome.code, outcome.text))?;
    let all = told(&report);
    let line_in_text = format!("line {}", case.line);
    let is_told = all.iter().any(|(_, line, text)| {
        text.contains(case.sentence) && (case.line == 0 || *line == case.line || text.contains(&line_in_text))
    });
    let one_line = all.iter().all(|(_, _, text)| !text.contains('\n') && text.len() < 600);
    let exit = outcome.code == Some(case.exit);
    let small = outcome.peak_bytes < MOST_BYTES && outcome.took < LONGEST;
    if is_told && one_line && exit && small {
        return Ok(());
    }
    let (code, mib, took) = (outcome.code, outcome.peak_bytes >> 20, outcome.took);
    Err(format!("{}: exit code {code:?}, {mib} MiB, {took:?}, told {all:?}", at()))
}

fn validate(path: &Path, stdin: Option<&[u8]>) -> Outcome {
    let source = if stdin.is_some() { "-" } else { path.to_str().unwrap() };
    run(&["validate", "--json", source], stdin)
}

#[test]
fn the_command_line_tells_what_is_bad() {
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    for case in cases() {
        let path = folder.path().join(case.name);
        std::fs::write(&path, &case.bytes).unwrap();
        wrong.extend(check(&case, "as a file", &validate(&path, None)).err());
        wrong.extend(check(&case, "on standard input", &validate(&path, Some(&case.bytes))).err());
        if case.fits_an_archive {
            let archive = folder.path().join(format!("{}.zip", case.name));
            std::fs::write(&archive, zip(&[(case.name, &case.bytes)])).unwrap();
            wrong.extend(check(&case, "in an archive", &validate(&archive, None)).err());
        }
        std::fs::remove_file(&path).unwrap();
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// 10 GiB each that nobody holds and nobody waits for.
#[test]
fn streams_of_nesting_are_left_at_once() {
    let xml_head = TOWN.split_once("<core:cityObjectMember>").unwrap().0;
    for (head, again, sentence) in [
        (xml_head, "<bldg:Building>", "elements are nested deeper than 1024"),
        ("{\"type\":\"CityJSON\",\"CityObjects\":", "[", "it is nested more than 64 levels deep"),
        ("", "no city", "is not XML"),
    ] {
        let (outcome, given_bytes) =
            run_with_endless_input(&["validate", "--json", "-"], head, again, 10 << 30);
        assert_eq!(outcome.code, Some(2), "{}", outcome.text);
        assert!(outcome.text.contains(sentence), "{}", outcome.text);
        assert!(outcome.peak_bytes < MOST_BYTES, "{} bytes", outcome.peak_bytes);
        assert!(given_bytes < 64 << 20 && outcome.took < LONGEST, "{given_bytes} {:?}", outcome.took);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_tell_what_is_bad_and_leave_what_was_there() {
    let server = Server::with_limit(32 << 20).await;
    let token = server.token("write", None).await;
    let mut worker = spawn_worker(&server);
    let upload = async |name: &str, bytes: &[u8]| {
        let body = form(&[("mode", "update")], name, bytes);
        let answer = server.post("/collections/buildings/imports", &token, &[FORM], &body).await;
        assert_eq!(answer.status, 201, "{name}: {}", answer.text());
        server.ended(answer.header("location")).await
    };
    let earlier = TOWN.replace("\"well\"", "\"before\"").replace("\"open\"", "\"before, too\"");
    let job = upload("town.gml", earlier.as_bytes()).await;
    assert_eq!(job["report"]["inserted"], 2, "{job}");
    let before = server.get("/collections/buildings/items/before?f=json").await.text();
    let mut wrong = Vec::new();
    for case in cases() {
        let job = upload(case.name, &case.bytes).await;
        let text = job.to_string();
        let file = if case.name.ends_with(".zip") { "town.gml" } else { case.name };
        let place = format!("{file}:{}: ", case.line);
        let is_placed =
            case.line == 0 || text.contains(&place) || text.contains(&format!("line {}", case.line));
        let now = server.get("/collections/buildings/items/before?f=json").await.text();
        if !text.contains(&Value::from(case.sentence).to_string().trim_matches('"').to_owned())
            || !is_placed
            || now != before
        {
            wrong.push(format!("{}: {} {}", case.name, job["message"], job["report"]["examples"]));
        }
    }
    let peak = peak_bytes(worker.id()).unwrap();
    worker.kill().unwrap();
    worker.wait().unwrap();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(peak < MOST_BYTES, "{peak} bytes");
    server.database.close().await;
}
