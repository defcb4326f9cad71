//! The program as a process of its own, with what it took.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What a process said and took.
pub struct Outcome {
    pub code: Option<i32>,
    /// Standard output.
    pub text: String,
    pub peak_bytes: u64,
    pub took: Duration,
}

/// Most memory that a living process ever held; `None` when it is gone.
pub fn peak_bytes(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kibibytes| kibibytes << 10)
}

/// Runs the program; `stdin` is what it reads from standard input.
pub fn run(arguments: &[&str], stdin: Option<&[u8]>) -> Outcome {
    watch(arguments, |mut input| {
        // Who reads no further says why itself.
        let _ = input.write_all(stdin.unwrap_or_default());
    })
}

/// Gives `head`, then `again` over and over up to `length` bytes; tells how many the program took.
pub fn run_with_endless_input(arguments: &[&str], head: &str, again: &str, length: u64) -> (Outcome, u64) {
    let block = again.repeat((64 << 10) / again.len());
    let mut given = 0;
    let outcome = watch(arguments, |mut input| {
        let mut next = head.as_bytes();
        while given < length && input.write_all(next).is_ok() {
            given += next.len() as u64;
            next = block.as_bytes();
        }
    });
    (outcome, given)
}

fn watch(arguments: &[&str], feed: impl FnOnce(std::process::ChildStdin) + Send) -> Outcome {
    let started = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_stadtwin"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let (process, is_over) = (child.id(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| feed(input));
        let peak = scope.spawn(|| highest(process, &is_over));
        let (code, text) = finish(&mut child, output);
        is_over.store(true, Ordering::Relaxed);
        Outcome { code, text, peak_bytes: peak.join().unwrap(), took: started.elapsed() }
    })
}

fn finish(child: &mut Child, mut output: impl Read) -> (Option<i32>, String) {
    let mut text = Vec::new();
    output.read_to_end(&mut text).unwrap();
    (child.wait().unwrap().code(), String::from_utf8_lossy(&text).into_owned())
}

/// The kernel keeps the highest mark: only what was added in the last moment of a process is not seen.
fn highest(process: u32, is_over: &AtomicBool) -> u64 {
    let mut highest = 0;
    while !is_over.load(Ordering::Relaxed) {
        highest = peak_bytes(process).unwrap_or(0).max(highest);
        std::thread::sleep(Duration::from_millis(2));
    }
    highest
}
