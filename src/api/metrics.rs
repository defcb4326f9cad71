//! Counters of the server in the Prometheus text format.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::answer::Answer;
use super::call::Call;
use super::error::ApiError;
use super::negotiate::Media;

/// Upper bounds of the latency buckets [s].
const BUCKETS_S: [f64; 10] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Everything counted since the start.
#[derive(Default)]
pub struct Metrics {
    /// By operation and status.
    requests: Mutex<BTreeMap<(&'static str, u16), u64>>,
    latency: [AtomicU64; BUCKETS_S.len()],
    latency_micros: AtomicU64,
    answered: AtomicU64,
    /// Tiles from memory, from the store, and made anew.
    pub tile_hits_memory: AtomicU64,
    pub tile_hits_store: AtomicU64,
    pub tiles_encoded: AtomicU64,
    /// Layers of map tiles made of packs, and of rows.
    pub layers_packed: AtomicU64,
    pub layers_of_rows: AtomicU64,
}

impl Metrics {
    pub fn count(&self, operation: &'static str, status: u16, took: Duration) {
        if let Ok(mut requests) = self.requests.lock() {
            *requests.entry((operation, status)).or_default() += 1;
        }
        let seconds = took.as_secs_f64();
        for (bound, count) in BUCKETS_S.iter().zip(&self.latency) {
            if seconds <= *bound {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.latency_micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.answered.fetch_add(1, Ordering::Relaxed);
    }

    /// The text format, version 0.0.4.
    pub fn render(&self) -> String {
        let mut text = String::new();
        header(&mut text, "stadtwin_requests_total", "counter", "Requests by operation and status.");
        if let Ok(requests) = self.requests.lock() {
            for ((operation, status), count) in requests.iter() {
                let labels = format!("operation=\"{operation}\",status=\"{status}\"");
                let _ = writeln!(text, "stadtwin_requests_total{{{labels}}} {count}");
            }
        }
        self.render_latency(&mut text);
        header(&mut text, "stadtwin_tiles_total", "counter", "Tiles sent, by where they came from.");
        let sources = [
            ("memory", &self.tile_hits_memory),
            ("store", &self.tile_hits_store),
            ("encoded", &self.tiles_encoded),
        ];
        for (source, count) in sources {
            let _ = writeln!(
                text,
                "stadtwin_tiles_total{{source=\"{source}\"}} {}",
                count.load(Ordering::Relaxed)
            );
        }
        header(&mut text, "stadtwin_map_layers_total", "counter", "Layers of map tiles made, by what of.");
        for (source, count) in [("packs", &self.layers_packed), ("rows", &self.layers_of_rows)] {
            let count = count.load(Ordering::Relaxed);
            let _ = writeln!(text, "stadtwin_map_layers_total{{source=\"{source}\"}} {count}");
        }
        text
    }

    fn render_latency(&self, text: &mut String) {
        let name = "stadtwin_request_duration_seconds";
        header(text, name, "histogram", "Time from request to answer.");
        for (bound, count) in BUCKETS_S.iter().zip(&self.latency) {
            let _ = writeln!(text, "{name}_bucket{{le=\"{bound}\"}} {}", count.load(Ordering::Relaxed));
        }
        let answered = self.answered.load(Ordering::Relaxed);
        let _ = writeln!(text, "{name}_bucket{{le=\"+Inf\"}} {answered}");
        let sum_s = self.latency_micros.load(Ordering::Relaxed) as f64 / 1e6;
        let _ = writeln!(text, "{name}_sum {sum_s}\n{name}_count {answered}");
    }
}

fn header(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

/// `GET /metrics`
pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let mut text = call.state.metrics.render();
    header(&mut text, "stadtwin_tile_memory_bytes", "gauge", "Tiles held in memory.");
    let _ = writeln!(text, "stadtwin_tile_memory_bytes {}", call.state.tiles.weighted_size());
    header(&mut text, "stadtwin_feature_memory_bytes", "gauge", "Features held in memory.");
    let _ = writeln!(text, "stadtwin_feature_memory_bytes {}", call.state.memory.held_bytes());
    header(
        &mut text,
        "stadtwin_column_memory_bytes",
        "gauge",
        "Values that filters compare, held in memory.",
    );
    let _ = writeln!(text, "stadtwin_column_memory_bytes {}", call.state.memory.column_bytes());
    header(&mut text, "stadtwin_features_placed", "gauge", "Features whose place is held in memory.");
    let _ = writeln!(text, "stadtwin_features_placed {}", call.state.memory.placed());
    header(&mut text, "stadtwin_encoders_free", "gauge", "Tile encoders that wait for work.");
    let _ = writeln!(text, "stadtwin_encoders_free {}", call.state.encoders.available_permits());
    Ok(Answer::new(Media::Text, text).uncached())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_come_out_in_the_text_format() {
        let metrics = Metrics::default();
        metrics.count("getLandingPage", 200, Duration::from_millis(7));
        metrics.count("getLandingPage", 200, Duration::from_millis(700));
        metrics.count("getItem", 404, Duration::from_secs(9));
        let text = metrics.render();
        for line in [
            "stadtwin_requests_total{operation=\"getLandingPage\",status=\"200\"} 2",
            "stadtwin_requests_total{operation=\"getItem\",status=\"404\"} 1",
            "stadtwin_request_duration_seconds_bucket{le=\"0.005\"} 0",
            "stadtwin_request_duration_seconds_bucket{le=\"0.01\"} 1",
            "stadtwin_request_duration_seconds_bucket{le=\"1\"} 2",
            "stadtwin_request_duration_seconds_bucket{le=\"+Inf\"} 3",
            "stadtwin_request_duration_seconds_sum 9.707",
        ] {
            assert!(text.lines().any(|other| other == line), "{line} in\n{text}");
        }
    }
}
