//! What a comparison with the ground found, for people and for programs, and as findings.

use serde::Serialize;

use stadtwin_model::{Collection, Issue, Severity, Terrain};
use stadtwin_store::{ContactFigures, ContactFindings};
use stadtwin_terrain::{ContactHint, ContactLimits};

/// Code of the finding that an object floats.
const FLOATING: &str = "ground_floating";
/// Code of the finding that an object has sunk.
const SUNKEN: &str = "ground_sunken";

/// All codes that comparisons give; imports leave findings with them alone.
pub fn ground_codes() -> Vec<String> {
    let whole = ContactHint::ALL.map(ContactHint::code);
    [FLOATING, SUNKEN].into_iter().chain(whole).map(str::to_owned).collect()
}

/// An object far from the ground.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OddObject {
    /// gml:id.
    pub id: String,
    /// Height of its lowest place (floating) or highest place (sunken) above the terrain [m].
    pub difference_m: f64,
}

/// Of one run.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ComparisonReport {
    pub collection: String,
    pub revision: i64,
    pub terrain: String,
    pub terrain_revision: i64,
    /// From where on objects count as floating or sunken.
    pub floating_limit_m: f64,
    pub sunken_limit_m: f64,
    /// Objects with a difference.
    pub objects: i64,
    /// Compared now; the others had their difference already.
    pub newly_compared: u64,
    pub without_ground_surface: i64,
    /// Where the terrain is not known.
    pub outside_terrain: i64,
    pub median_m: Option<f64>,
    /// 95 of 100 objects are no farther off, up or down.
    pub p95_m: Option<f64>,
    pub floating_count: i64,
    pub sunken_count: i64,
    /// The first 20 each, the worst first.
    pub floating: Vec<OddObject>,
    pub sunken: Vec<OddObject>,
    /// Code of what the whole collection suggests.
    pub hint: Option<String>,
    pub seconds: f64,
}

impl ComparisonReport {
    pub(super) fn of(
        collection: &Collection,
        terrain: &Terrain,
        limits: ContactLimits,
        figures: &ContactFigures,
        [floating, sunken]: [Vec<(String, f64)>; 2],
    ) -> ComparisonReport {
        let odd = |list: Vec<(String, f64)>| {
            let object = |(id, difference_m): (String, f64)| OddObject {
                id,
                difference_m: (difference_m * 1000.0).round() / 1000.0,
            };
            list.into_iter().map(object).collect()
        };
        ComparisonReport {
            collection: collection.id.clone(),
            revision: collection.head,
            terrain: terrain.id.clone(),
            terrain_revision: terrain.head,
            floating_limit_m: limits.floating_m,
            sunken_limit_m: limits.sunken_m,
            objects: figures.object_count,
            without_ground_surface: figures.groundless_count,
            outside_terrain: figures.unknown_count,
            median_m: figures.median_m,
            p95_m: figures.p95_m,
            floating_count: figures.floating_count,
            sunken_count: figures.sunken_count,
            floating: odd(floating),
            sunken: odd(sunken),
            ..ComparisonReport::default()
        }
    }

    /// As `stadtwin terrain compare` prints it.
    pub fn to_text(&self) -> String {
        let mut lines = vec![format!(
            "{} buildings of `{}` (revision {}) on terrain `{}` (revision {}): {} compared now; {} without ground surface, {} where \
             the terrain is not known",
            self.objects,
            self.collection,
            self.revision,
            self.terrain,
            self.terrain_revision,
            self.newly_compared,
            self.without_ground_surface,
            self.outside_terrain
        )];
        if let Some((median_m, p95_m)) = self.median_m.zip(self.p95_m) {
            lines.push(format!(
                "ground surface above the terrain: median {median_m:.2} m; 95 of 100 are no farther off than {p95_m:.2} m"
            ));
        }
        let hint = ContactHint::ALL.into_iter().find(|hint| Some(hint.code()) == self.hint.as_deref());
        lines.extend(hint.map(|hint| format!("error: {} ({})", hint.sentence(), hint.code())));
        for (what, limit_m, count, list) in [
            ("float more than", self.floating_limit_m, self.floating_count, &self.floating),
            ("have sunk more than", self.sunken_limit_m, self.sunken_count, &self.sunken),
        ] {
            lines.push(format!("{count} {what} {limit_m} m{}", if count > 0 { ":" } else { "" }));
            lines.extend(list.iter().map(|object| format!("  {} {:+.2} m", object.id, object.difference_m)));
            if count > list.len() as i64 {
                lines.push(format!("  and {} more", count - list.len() as i64));
            }
        }
        lines.push(format!("{:.2} s", self.seconds));
        lines.join("\n")
    }
}

/// What of a comparison becomes findings. Where the whole collection is off, the single objects say nothing more.
pub(super) fn findings(
    limits: ContactLimits,
    hint: Option<ContactHint>,
    median_m: Option<f64>,
) -> ContactFindings {
    let object = |code: &str, message: String| Issue {
        code: code.to_owned(),
        severity: Severity::Warning,
        message,
        ..Issue::default()
    };
    let whole = hint.map(|hint| Issue {
        code: hint.code().to_owned(),
        severity: Severity::Error,
        message: hint.sentence().to_owned(),
        value: median_m.map(|median_m| format!("median {median_m:.2} m")),
        ..Issue::default()
    });
    ContactFindings {
        floating: object(
            FLOATING,
            format!("all of its ground surface lies more than {} m above the terrain", limits.floating_m),
        ),
        sunken: object(
            SUNKEN,
            format!("all of its ground surface lies more than {} m below the terrain", limits.sunken_m),
        ),
        whole,
        codes: ground_codes(),
    }
}
