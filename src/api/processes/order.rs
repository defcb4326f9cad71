//! From checked inputs to a job in the queue, a function a process.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::super::auth::{self, Caller};
use super::super::call::Call;
use super::super::error::ApiError;
use super::super::imports::{self, ImportOrder};
use super::super::orders::{self, Held, Order, Origin, Sources};
use super::super::uploads;
use stadtwin_jobs::{Asked, ChangeDetection, ExportJob, Limits, TerrainComparison, TerrainSeed, ValidateJob};
use stadtwin_model::Target;
use stadtwin_store::{StoreError, StoredJob};

type Inputs = Map<String, Value>;

pub async fn import(
    call: Call,
    caller: Caller,
    mut inputs: Inputs,
    asked: Asked,
) -> Result<StoredJob, ApiError> {
    let target = collection(&caller, &inputs)?;
    inputs.remove("collection");
    let order: ImportOrder = typed(inputs)?;
    let sources = located(&call, &target, order.origin())?;
    let (held, priority) = (Held::by(&order, &sources), order.priority);
    let id = target.collection().unwrap_or_default();
    orders::queue(&call, &caller, imports::job(&call, id, order, sources), held, priority, asked).await
}

pub async fn validate(
    call: Call,
    caller: Caller,
    inputs: Inputs,
    asked: Asked,
) -> Result<StoredJob, ApiError> {
    uploads::spool(&call)?;
    let target = collection(&caller, &inputs)?;
    let text = |name: &str| inputs.get(name).and_then(Value::as_str);
    let origin = match (text("upload"), text("href")) {
        (Some(upload), None) => Origin::Upload(upload),
        (None, Some(href)) => Origin::Href(href),
        _ => Origin::Nowhere,
    };
    let sources = located(&call, &target, origin)?;
    let held = Held::of(&sources, matches!(origin, Origin::Upload(_)));
    let names: BTreeMap<String, String> =
        sources.names.into_iter().map(|(path, name)| (path.display().to_string(), name)).collect();
    let number = |name: &str| inputs.get(name).and_then(Value::as_f64);
    let job = ValidateJob {
        collection: target.collection().unwrap_or_default().to_owned(),
        sources: names.keys().cloned().collect(),
        names,
        upload: sources.entry.map(|entry| entry.id),
        tolerances: Limits {
            snap_m: number("snap"),
            planarity_m: number("planarity"),
            normals_deg: number("normals"),
            overlap_m: number("overlap"),
        },
    };
    orders::queue(&call, &caller, Ok(job), held, 0, asked).await
}

pub async fn export(call: Call, caller: Caller, inputs: Inputs, asked: Asked) -> Result<StoredJob, ApiError> {
    uploads::spool(&call)?;
    existing(&call, &caller, &inputs).await?;
    let mut job: ExportJob = typed(inputs)?;
    job.geoid_constant_m = call.state.geoid_constant_m;
    job.check(&call.state.store).await.map_err(told)?;
    orders::put(&call, &caller, &job, 0, asked).await
}

pub async fn change_detection(
    call: Call,
    caller: Caller,
    inputs: Inputs,
    asked: Asked,
) -> Result<StoredJob, ApiError> {
    uploads::spool(&call)?;
    existing(&call, &caller, &inputs).await?;
    let order: ChangeDetection = typed(inputs)?;
    // What is published until a worker comes changes nothing.
    let (collection, [from, to]) = order.settle(&call.state.store).await.map_err(told)?;
    let job = ChangeDetection { collection: collection.id, from: Some(from), to: Some(to) };
    orders::put(&call, &caller, &job, 0, asked).await
}

pub async fn compare_ground(
    call: Call,
    caller: Caller,
    inputs: Inputs,
    asked: Asked,
) -> Result<StoredJob, ApiError> {
    existing(&call, &caller, &inputs).await?;
    let text = |name: &str| inputs.get(name).and_then(Value::as_str).map(str::to_owned);
    let number = |name: &str| inputs.get(name).and_then(Value::as_f64);
    let job = TerrainComparison {
        collection: text("collection").unwrap_or_default(),
        terrain: text("terrain"),
        floating_m: number("floating"),
        sunken_m: number("sunken"),
        jobs: 2,
    };
    if let Some(terrain) = &job.terrain {
        existing_terrain(&call, terrain).await?;
    }
    orders::put(&call, &caller, &job, 0, asked).await
}

pub async fn seed(call: Call, caller: Caller, inputs: Inputs, asked: Asked) -> Result<StoredJob, ApiError> {
    let terrain = inputs.get("terrain").and_then(Value::as_str).unwrap_or_default().to_owned();
    auth::check_import(&caller, Some(&Target::Terrain(terrain.clone())))?;
    existing_terrain(&call, &terrain).await?;
    let level = inputs.get("level").and_then(Value::as_u64);
    let job = TerrainSeed {
        terrain,
        to_level: level.and_then(|level| u8::try_from(level).ok()),
        geoid_constant_m: call.state.geoid_constant_m,
        budget_bytes: call.state.tile_budget_bytes,
        jobs: std::thread::available_parallelism().map_or(2, usize::from),
    };
    orders::put(&call, &caller, &job, 0, asked).await
}

/// The collection that the inputs name, if the caller may import into it.
fn collection(caller: &Caller, inputs: &Inputs) -> Result<Target, ApiError> {
    let id = inputs.get("collection").and_then(Value::as_str).unwrap_or_default();
    let target = Target::Collection(id.to_owned());
    auth::check_import(caller, Some(&target))?;
    Ok(target)
}

/// 400 unless the collection that the inputs name is there.
async fn existing(call: &Call, caller: &Caller, inputs: &Inputs) -> Result<(), ApiError> {
    let target = collection(caller, inputs)?;
    let id = target.collection().unwrap_or_default();
    let found = call.state.store.collection(id).await?;
    if found.is_some_and(|collection| collection.head > 0) {
        return Ok(());
    }
    Err(ApiError::BadRequest(format!("`inputs.collection`: no collection `{id}`; `/collections` lists them")))
}

async fn existing_terrain(call: &Call, id: &str) -> Result<(), ApiError> {
    if call.state.store.terrain(id).await?.is_some_and(|terrain| terrain.head > 0) {
        return Ok(());
    }
    Err(ApiError::BadRequest(format!("`inputs.terrain`: no terrain `{id}`; `/terrain` lists them")))
}

fn located(call: &Call, target: &Target, origin: Origin<'_>) -> Result<Sources, ApiError> {
    let sources = orders::locate(call, target, origin)?;
    sources.ok_or_else(|| {
        ApiError::BadRequest(
            "give one of `inputs.upload` (id of a finished upload) and `inputs.href` (a file of the server, or an address)"
                .to_owned(),
        )
    })
}

/// What the table has checked.
fn typed<T: DeserializeOwned>(inputs: Inputs) -> Result<T, ApiError> {
    serde_json::from_value(Value::Object(inputs)).map_err(ApiError::internal)
}

/// What a job says of its parameters before it begins; failures of the database are none of it.
fn told(error: anyhow::Error) -> ApiError {
    match error.downcast::<StoreError>() {
        Ok(cause) => cause.into(),
        Err(error) => ApiError::BadRequest(format!("the inputs do not go together: {error:#}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::catalogue::find;
    use super::super::table::Kind;
    use super::*;

    /// Every input of the table, with a value of its kind.
    fn all_inputs(process: &str) -> Inputs {
        let value = |kind| match kind {
            Kind::Id => json!("a"),
            Kind::Text(_) => json!("2"),
            Kind::Choice(values, _) => json!(values[0]),
            Kind::Flag => json!(true),
            Kind::Integer(least, _) => json!(least),
            Kind::Number(least, ..) => json!(least),
            Kind::Bbox => json!([1, 2, 3, 4]),
        };
        let inputs = find(process).unwrap().inputs.iter();
        let all = inputs.map(|input| (input.name.to_owned(), value(input.kind))).collect();
        find(process).unwrap().check(&all).unwrap()
    }

    #[test]
    fn jobs_take_every_input_of_the_table() {
        let export: ExportJob = typed(all_inputs("export")).unwrap();
        assert!(export.archive && export.bbox == Some(vec![1.0, 2.0, 3.0, 4.0]));
        let changes: ChangeDetection = typed(all_inputs("change-detection")).unwrap();
        assert_eq!((changes.from, changes.to), (Some(1), Some(1)));
        let mut inputs = all_inputs("import");
        inputs.remove("collection");
        let import: ImportOrder = typed(inputs).unwrap();
        assert!(import.dry_run && import.priority == -100);
    }
}
