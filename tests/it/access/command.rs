//! The binary over a test's database.

use std::process::Command;

/// What `stadtwin` says: standard output, or standard error where it fails.
pub fn stadtwin(url: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_stadtwin"))
        .args(["--database-url", url])
        .args(arguments)
        .env("STADTWIN_LOG", "warn")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}
