//! The npm package `oidc-provider` as a process of its own (`tests/tools/oidc.mjs`).

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

pub struct Provider {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// Its address.
    pub issuer: String,
}

impl Provider {
    pub fn start() -> Provider {
        let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools");
        assert!(
            tools.join("node_modules/oidc-provider").is_dir(),
            "run `scripts/test-tools` once: the provider of the tests is not installed"
        );
        let mut child = Command::new("node")
            .arg("oidc.mjs")
            .current_dir(tools)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (orders, answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut provider = Provider { child, orders, answers, issuer: String::new() };
        provider.issuer = provider.line()["issuer"].as_str().unwrap().to_owned();
        provider
    }

    /// What the order gives: a token, where it gives one.
    pub fn order(&mut self, order: Value) -> String {
        writeln!(self.orders, "{order}").unwrap();
        let line = self.line();
        assert!(line["error"].is_null(), "{order}: {line}");
        line["answer"].as_str().unwrap_or_default().to_owned()
    }

    pub fn forged(&mut self, claims: Value) -> String {
        self.order(json!({ "do": "forged", "claims": claims }))
    }

    /// The provider also talks to people.
    fn line(&mut self) -> Value {
        loop {
            let mut line = String::new();
            assert!(self.answers.read_line(&mut line).unwrap() > 0, "the provider ended");
            if let Ok(value @ Value::Object(_)) = serde_json::from_str(&line) {
                return value;
            }
        }
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
