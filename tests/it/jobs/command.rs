//! Tokens and jobs on the command line.

use std::path::Path;
use std::process::Command;

use super::server::city;
use crate::support::database::database;

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_makes_tokens_and_shows_jobs() {
    let database = database().await;
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_stadtwin"))
            .args(["--database-url", &database.url, "--geoid-constant", "45.5"])
            .args(arguments)
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.success(), text(output.stdout), text(output.stderr))
    };
    let (_, token, _) = run(&["token", "create", "--name", "Lieferant", "--scope", "import:buildings"]);
    assert!(token.starts_with("stw_") && token.trim().len() == 81, "{token}");
    let secret = token.trim().rsplit('_').next().unwrap();
    let (_, list, _) = run(&["token", "list"]);
    assert!(
        list.contains("Lieferant") && list.contains("import:buildings") && !list.contains(secret),
        "{list}"
    );
    assert!(run(&["token", "revoke", &token[4..16]]).0);
    let (again, _, told) = run(&["token", "revoke", &token[4..16]]);
    assert!(!again && told.contains("token list"), "{told}");
    assert!(!run(&["token", "create", "--name", "x", "--scope", "admin"]).0);

    let path = folder.path().join("a.gml");
    std::fs::write(&path, city(4)).unwrap();
    let import = |path: &Path| run(&["import", "--collection", "buildings", &path.display().to_string()]);
    assert!(import(&path).0);
    std::fs::write(&path, city(3)).unwrap();
    assert!(
        run(&["import", "--mode", "replace", "--collection", "buildings", &path.display().to_string()]).0
    );
    let (_, jobs, _) = run(&["jobs"]);
    assert_eq!(jobs.matches("\tsuccessful\timport\tbuildings\t").count(), 2, "{jobs}");
    let (_, revisions, _) = run(&["revisions", "--collection", "buildings"]);
    let numbers: Vec<&str> = revisions.lines().map(|line| line.split('\t').next().unwrap()).collect();
    let (done, told, _) = run(&["rollback", "--collection", "buildings", "--to", numbers[1]]);
    assert!(done && told.contains("1 objects came back, 0 went, 4 in all"), "{told}");
    let (_, revisions, _) = run(&["revisions", "--collection", "buildings"]);
    let first = revisions.lines().next().unwrap();
    assert!(first.ends_with(&format!("1 inserted\t0 ended\tas in {}\thead", numbers[1])), "{revisions}");
    database.close().await;
}
