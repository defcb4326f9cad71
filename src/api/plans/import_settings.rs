//! What a request to import says of all that comes: in what the objects stand, and where a model lies.

use serde_json::{Value, json};

use super::body::unusable;
use super::import_body::Placing;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::params::{Kind, Parameter, shortened};
use stadtwin_model::{Scenario, Span};

pub static COLLECTION: Parameter = Parameter {
    name: "collection",
    component: "importCollection",
    description: "Id of the collection that the objects come into; must be there.",
    kind: Kind::Text,
};
pub static PHASE: Parameter = Parameter {
    name: "phase",
    component: "importPhase",
    description: "Label of a phase of the scenario, in which the objects stand; without it they stand always.",
    kind: Kind::Text,
};
pub static COMMENT: Parameter = Parameter {
    name: "comment",
    component: "importComment",
    description: "What is noted with each of its operations.",
    kind: Kind::Text,
};

pub static ORIGIN: Parameter = Parameter {
    name: "origin",
    component: "modelOrigin",
    description: "With a GLB: where its own origin lies, as east, north and height in the storage CRS, or in that of `Content-Crs`. Two numbers: on the ground.",
    kind: Kind::Numbers { least: 2, most: 3 },
};
pub static ROTATION: Parameter = Parameter {
    name: "rotation",
    component: "modelRotation",
    description: "With a GLB: how far it is turned counter-clockwise seen from above [°]; unturned its −z looks to the north of the grid.",
    kind: Kind::Number { minimum: -360.0, maximum: 360.0 },
};
pub static SCALE: Parameter = Parameter {
    name: "scale",
    component: "modelScale",
    description: "With a GLB: metres for each of its units; 1 without it.",
    kind: Kind::Number { minimum: 0.0001, maximum: 10_000.0 },
};
pub static ID: Parameter = Parameter {
    name: "id",
    component: "modelId",
    description: "With a GLB: id of the object that it becomes.",
    kind: Kind::Text,
};

/// Of a comment [bytes].
const LONGEST_COMMENT: usize = 2_000;

/// What the request says of all its operations, as it is kept.
pub fn settings(call: &Call) -> Result<Value, ApiError> {
    let comment = call.query.get("comment").filter(|comment| !comment.is_empty());
    if comment.is_some_and(|comment| comment.len() > LONGEST_COMMENT || comment.contains('\0')) {
        return Err(ApiError::BadRequest(format!("`comment` has up to {LONGEST_COMMENT} bytes and no NUL")));
    }
    let phase = call.query.get("phase").filter(|phase| !phase.is_empty());
    let crs = call.headers.get("content-crs").and_then(|value| value.to_str().ok());
    let placing = placing_asked(call)?;
    Ok(json!({
        "comment": comment,
        "phase": phase,
        "contentCrs": crs,
        "placing": placing,
    }))
}

/// Of a model that says nothing of its place, as it is kept.
fn placing_asked(call: &Call) -> Result<Option<Value>, ApiError> {
    let number = |name: &str| call.query.get(name).and_then(|text| text.parse::<f64>().ok());
    let id = call.query.get("id").filter(|id| !id.is_empty());
    let Some(origin) = call.query.get("origin") else {
        return match ["rotation", "scale", "id"].iter().any(|name| call.query.get(name).is_some()) {
            true => Err(ApiError::BadRequest("`rotation`, `scale` and `id` go with `origin`".to_owned())),
            false => Ok(None),
        };
    };
    let numbers: Option<Vec<f64>> = origin.split(',').map(|number| number.trim().parse().ok()).collect();
    let usable =
        numbers.filter(|numbers| [2, 3].contains(&numbers.len()) && numbers.iter().all(|n| n.is_finite()));
    let wrong = || {
        let shown = shortened(origin);
        ApiError::BadRequest(format!(
            "`origin` must be two or three numbers separated by commas, not `{shown}`"
        ))
    };
    let origin = usable.ok_or_else(wrong)?;
    Ok(Some(json!({ "origin": origin, "rotation": number("rotation"), "scale": number("scale"), "id": id })))
}

/// The same, as it was kept.
pub fn placing(settings: &Value) -> Option<Placing> {
    let placing = settings["placing"].as_object()?;
    let number = |name: &str| placing.get(name).and_then(Value::as_f64);
    Some(Placing {
        origin: placing.get("origin")?.as_array()?.iter().filter_map(Value::as_f64).collect(),
        rotation_deg: number("rotation").unwrap_or(0.0),
        scale: number("scale").unwrap_or(1.0),
        id: placing.get("id").and_then(Value::as_str).map(str::to_owned),
    })
}

/// The dates of the phase that is kept, as they are now.
pub async fn span_of(call: &Call, scenario: &Scenario, settings: &Value) -> Result<Span, ApiError> {
    let Some(label) = settings["phase"].as_str() else { return Ok(Span::ALWAYS) };
    let phases = call.state.store.phases((scenario.key, scenario.version)).await?;
    let known = phases.iter().find(|phase| phase.label == label).map(|phase| phase.span);
    let labels: Vec<&str> = phases.iter().map(|phase| phase.label.as_str()).collect();
    known.ok_or_else(|| {
        let label = shortened(label);
        unusable(format!("the scenario has no phase `{label}`; there are: {}", labels.join(", ")))
    })
}
