//! A state of a scenario as the Versioning module of CityGML 3.0 has it: the version that it builds on, the one that it
//! makes, and the transactions that lead from one to the other.

use std::collections::{BTreeMap, HashSet};
use std::io::Write;
use std::sync::Arc;

use serde_json::{Value, json};

use stadtwin_formats::Version;
use stadtwin_model::{CityObject, class_by_name};
use stadtwin_store::{Chain, Store, StoredOperation};

use super::act::rfc3339;
use super::export::{PlanContent, PlanExport, PlanPart};
use crate::city_pen::{CityForm, CityPen, Style, chunks};

/// What is said of a state besides its objects.
#[derive(Debug, Clone)]
pub struct PlanTold {
    /// Number of the state.
    pub version: i64,
    pub chain: Arc<Chain>,
    /// Microseconds since 1970; `None`: when all is done.
    pub moment: Option<i64>,
    pub description: String,
    /// Why the city is to change.
    pub reason: String,
    /// When the state was made, RFC 3339.
    pub made: String,
    /// Of the server, without a slash at the end.
    pub url: String,
}

/// How one version of the city becomes the other, by gml:id.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Transaction {
    Insert(String),
    Delete(String),
    Replace(String, String),
}

/// What is written of a collection.
struct Told<'a> {
    part: &'a PlanPart,
    /// Objects of the pinned state with numbers of their faces.
    base: Vec<(i64, i32)>,
    base_ids: Vec<String>,
    planned: Vec<(i64, i32)>,
    transactions: Vec<Transaction>,
}

impl PlanExport {
    /// Base objects under their own ids, planned ones with the state behind theirs, so that both may stand in one file;
    /// `gml:identifier` is the object, whatever its version.
    pub async fn write_versions<W: Write + Send + 'static>(
        &self,
        store: &Store,
        told: &PlanTold,
        out: W,
    ) -> anyhow::Result<W> {
        let operations = store.operations(&told.chain).await?;
        let suffix = format!("_{}_v{}", self.id, told.version);
        let mut parts = Vec::new();
        for part in &self.parts {
            parts.push(self.told(store, part, told, &operations, &suffix).await?);
        }
        let form = CityForm::Gml(Version::V3);
        let pen = CityPen::start(Style::named(form, &self.id, &self.title, store.storage_crs().await?), out);
        let mut is_writing = pen.put(self.versions(told, &parts)).await;
        for part in &parts {
            let items = format!("{}/collections/{}/items/", told.url, part.part.collection.id);
            for (keys, suffix) in [(&part.base, ""), (&part.planned, suffix.as_str())] {
                for keys in chunks(keys) {
                    if !is_writing {
                        break;
                    }
                    let found = store.objects(&part.part.collection, &keys).await?;
                    let objects = found.into_iter().map(|(_, mut object, ..)| {
                        identify(&mut object, &items);
                        mark(&mut object, suffix);
                        object
                    });
                    is_writing = pen.put(objects.collect()).await;
                }
            }
        }
        Ok(pen.finish().await?.0)
    }

    async fn told<'a>(
        &self,
        store: &Store,
        part: &'a PlanPart,
        told: &PlanTold,
        operations: &[StoredOperation],
        suffix: &str,
    ) -> anyhow::Result<Told<'a>> {
        let (collection, overlay) = (&part.collection, &part.overlay);
        let names: Vec<String> = overlay.touched.keys().cloned().collect();
        let touched = store.features_by_id(collection, overlay.revision, &names).await?;
        let touched: BTreeMap<String, i64> =
            touched.into_iter().map(|feature| (feature.id, feature.key)).collect();
        let transactions = transactions(part, &touched, replaced(part, told, operations, &touched), suffix);
        let planned = part.page(store, PlanContent::Planned, None).await?.items;
        let (base, base_ids) = match self.content {
            PlanContent::Planned => {
                let keys: Vec<i64> = touched.values().copied().collect();
                let faces = store.face_counts(collection, &keys).await?;
                let face_count = |key: i64| faces.get(&key).copied().unwrap_or(0);
                let base = keys.into_iter().map(|key| (key, face_count(key))).collect();
                (base, touched.into_keys().collect())
            }
            PlanContent::City => pinned(store, part).await?,
        };
        Ok(Told { part, base, base_ids, planned, transactions })
    }

    /// Both versions and what is between them.
    fn versions(&self, told: &PlanTold, parts: &[Told<'_>]) -> Vec<CityObject> {
        let (id, version) = (&self.id, told.version);
        let (base, state) = (format!("V_base_{id}_v{version}"), format!("V_{id}_v{version}"));
        let pinned = |part: &Told| format!("{}@{}", part.part.collection.id, part.part.overlay.revision);
        let tags: Vec<String> = parts.iter().map(pinned).collect();
        let members: Vec<&String> = parts.iter().flat_map(|part| &part.base_ids).collect();
        let mut of_base =
            feature("Version", &base, &[("tag", json!(tags)), ("versionMember", json!(members))]);
        of_base.attributes.insert("name".to_owned(), "the city that the scenario builds on".into());
        of_base.qualifiers.insert("versionMember".to_owned(), link());
        let mut of_state = feature(
            "Version",
            &state,
            &[
                ("identifier", json!(id)),
                ("name", json!(self.title)),
                ("creationDate", json!(told.made)),
                ("tag", json!(format!("{id}@v{version}"))),
            ],
        );
        let code_space = json!({ "codeSpace": format!("{}/scenarios/", told.url) });
        of_state.qualifiers.insert("identifier".to_owned(), code_space);
        if !told.description.is_empty() {
            of_state.attributes.insert("description".to_owned(), told.description.as_str().into());
        }
        if let Some(moment) = told.moment.and_then(rfc3339) {
            of_state.attributes.insert("validFrom".to_owned(), moment.into());
        }
        let transactions: Vec<Value> =
            parts.iter().flat_map(|part| &part.transactions).map(Transaction::described).collect();
        let mut transition = feature(
            "VersionTransition",
            &format!("VT_{id}_v{version}"),
            &[
                ("creationDate", json!(told.made)),
                ("reason", json!(told.reason)),
                ("clonePredecessor", json!(true)),
                ("type", json!("planned")),
                ("from", json!(base)),
                ("to", json!(state)),
                ("transaction", json!(transactions)),
            ],
        );
        let ends = (0..transactions.len())
            .flat_map(|at| ["oldFeature", "newFeature"].map(|end| format!("transaction/{at}/{end}")));
        let links = ["from", "to"].map(str::to_owned).into_iter().chain(ends);
        transition.qualifiers.extend(links.map(|name| (name, link())));
        vec![of_base, of_state, transition]
    }
}

/// All of the state that the scenario is pinned to: keys with numbers of faces, and ids.
async fn pinned(store: &Store, part: &PlanPart) -> anyhow::Result<(Vec<(i64, i32)>, Vec<String>)> {
    let (mut keys, mut ids, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let mut query = part.query(after);
        query.overlay = None;
        let page = store.feature_keys(&query).await?;
        let features = store.raw_features(&query).await?;
        ids.extend(features.items.into_iter().map(|raw| raw.feature.id));
        keys.extend(page.items);
        after = page.next;
        if after.is_none() {
            return Ok((keys, ids));
        }
    }
}

/// Objects that stand in the place of others then, as pairs of which each one names its object at least once.
fn replaced(
    part: &PlanPart,
    told: &PlanTold,
    operations: &[StoredOperation],
    base: &BTreeMap<String, i64>,
) -> Vec<(String, String)> {
    let touched = &part.overlay.touched;
    let mut pairs = Vec::new();
    for operation in operations {
        let is_meant = operation.kind == "replace"
            && operation.collection == part.collection.key
            && operation.span.contains(told.moment);
        if !is_meant {
            continue;
        }
        let is_gone = |uid: &&String| base.contains_key(*uid) && matches!(touched.get(*uid), Some(None));
        let is_new = |uid: &&String| !base.contains_key(*uid) && matches!(touched.get(*uid), Some(Some(_)));
        let old: Vec<&String> = operation.targets.iter().filter(is_gone).collect();
        let new: Vec<&String> = operation.made.iter().filter(is_new).collect();
        for at in 0..old.len().max(new.len()) {
            let pair = (old.get(at).or(old.last()), new.get(at).or(new.last()));
            if let (Some(old), Some(new)) = pair {
                pairs.push(((*old).clone(), (*new).clone()));
            }
        }
    }
    pairs
}

fn transactions(
    part: &PlanPart,
    base: &BTreeMap<String, i64>,
    replaced: Vec<(String, String)>,
    suffix: &str,
) -> Vec<Transaction> {
    let done: HashSet<&String> = replaced.iter().flat_map(|(old, new)| [old, new]).collect();
    let touched: BTreeMap<&String, &Option<i64>> = part.overlay.touched.iter().collect();
    let planned = |uid: &str| format!("{uid}{suffix}");
    let alone = touched.iter().filter(|(uid, _)| !done.contains(**uid));
    let alone = alone.filter_map(|(uid, key)| match (base.contains_key(*uid), key) {
        (true, None) => Some(Transaction::Delete((*uid).clone())),
        (true, Some(_)) => Some(Transaction::Replace((*uid).clone(), planned(uid))),
        (false, Some(_)) => Some(Transaction::Insert(planned(uid))),
        (false, None) => None,
    });
    let pairs = replaced.iter().map(|(old, new)| Transaction::Replace(old.clone(), planned(new)));
    alone.chain(pairs).collect()
}

impl Transaction {
    fn described(&self) -> Value {
        match self {
            Transaction::Insert(new) => {
                json!({ "@type": "vers:Transaction", "type": "insert", "newFeature": new })
            }
            Transaction::Delete(old) => {
                json!({ "@type": "vers:Transaction", "type": "delete", "oldFeature": old })
            }
            Transaction::Replace(old, new) => {
                json!({ "@type": "vers:Transaction", "type": "replace", "oldFeature": old, "newFeature": new })
            }
        }
    }
}

/// Says that a value is the id of something.
fn link() -> Value {
    json!({ "href": true })
}

/// A feature without a place.
fn feature(class: &str, id: &str, attributes: &[(&str, Value)]) -> CityObject {
    let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    CityObject {
        id: id.to_owned(),
        class: class_by_name(class).unwrap_or_default(),
        attributes,
        ..CityObject::default()
    }
}

/// Says which object it is a version of, unless it says so itself: the code space and the name make its address.
fn identify(object: &mut CityObject, items: &str) {
    if !object.attributes.contains_key("identifier") {
        object.attributes.insert("identifier".to_owned(), object.id.as_str().into());
        object.qualifiers.insert("identifier".to_owned(), json!({ "codeSpace": items }));
    }
}

/// Puts the suffix behind the ids of the object and of all in it.
fn mark(object: &mut CityObject, suffix: &str) {
    object.id.push_str(suffix);
    let surfaces = object.geometries.iter_mut().flat_map(|geometry| &mut geometry.surfaces);
    let shown = object.implicit_geometries.iter_mut().flat_map(|implicit| &mut implicit.surfaces);
    surfaces
        .chain(shown)
        .filter(|surface| !surface.id.is_empty())
        .for_each(|surface| surface.id.push_str(suffix));
    object.children.iter_mut().for_each(|child| mark(child, suffix));
}
