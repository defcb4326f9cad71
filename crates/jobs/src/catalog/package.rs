//! A scenario as an entry of a CKAN catalogue with the SDDI schema (`ckanext-scheme-sddi`, 2025-02-18).

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::plan::rfc3339;
use stadtwin_crs::{CRS84, Transformer};
use stadtwin_model::{Crs, Project, Scenario};
use stadtwin_store::{Phase, Store};

/// Longest name of a package, digest included [characters]; CKAN takes 100.
const NAME_LENGTH: usize = 80;

/// What an entry is made of.
pub struct Subject {
    pub scenario: Scenario,
    pub project: Project,
    pub phases: Vec<Phase>,
    /// Names of the organizations that own the project.
    pub owners: Vec<String>,
    /// RFC 3339, of the published revision.
    pub published: Option<String>,
    pub storage: Option<Crs>,
}

impl Subject {
    /// `None` where there is none of this id.
    pub async fn read(store: &Store, id: &str) -> anyhow::Result<Option<Subject>> {
        let Some(scenario) = store.scenario(id).await? else { return Ok(None) };
        let Some(project) = store.project(&scenario.project).await? else { return Ok(None) };
        let mut owners = Vec::new();
        for owner in &project.owners {
            let known = store.organization(owner).await?;
            owners.push(known.map_or_else(|| owner.clone(), |organization| organization.name));
        }
        let revisions = store.scenario_revisions(&scenario).await?;
        let published = revisions.into_iter().find(|one| Some(one.number) == scenario.published_revision);
        Ok(Some(Subject {
            phases: match &published {
                Some(revision) => store.phases((scenario.key, revision.version)).await?,
                None => Vec::new(),
            },
            published: published.map(|revision| revision.made),
            storage: store.storage_crs().await?,
            scenario,
            project,
            owners,
        }))
    }
}

/// Of a scenario's entry: the same for ever, and another for each server and scenario.
pub fn package_name(public_url: &str, scenario: &str) -> String {
    let uri = format!("{public_url}/scenarios/{scenario}");
    let digest = Sha256::digest(uri.as_bytes());
    let digest: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let slug: String = scenario.to_lowercase().chars().take(NAME_LENGTH - 9).collect();
    format!("{slug}-{digest}")
}

/// The body of `package_create`.
pub fn package(
    subject: &Subject,
    name: &str,
    public_url: &str,
    licence: &str,
    organization: Option<&str>,
) -> anyhow::Result<Value> {
    let Subject { scenario, project, .. } = subject;
    let uri = format!("{public_url}/scenarios/{}", scenario.id);
    let authors: Vec<_> =
        subject.owners.iter().map(|owner| json!({ "author_name": owner, "author_email": "" })).collect();
    let owner = project.owners.first().map(String::as_str).unwrap_or_default().to_lowercase();
    let (is_private, level) = match scenario.visibility.as_str() {
        "public" => (false, "public"),
        "registered" => (false, "registered"),
        "partners" => (true, "only_allowed_users"),
        _ => (true, "same_organization"),
    };
    let resource = |name: &str, url: String, format: &str| json!({ "name": name, "url": url, "format": format, "restricted_level": level });
    let mut entry = json!({
        "name": name,
        "title": format!("{}: {}", project.title, scenario.title),
        "notes": notes(scenario, project),
        "tags": tags(&scenario.tags),
        "license_id": licence,
        "licence_agreement": ["licence_agreement_check"],
        "author": serde_json::to_string(&authors)?,
        "owner_org": organization.unwrap_or(&owner),
        "private": is_private,
        "state": "active",
        "groups": [{ "name": "project" }, { "name": "urban-planning" }, { "name": "construction" }],
        "language": "de",
        "version": scenario.published_revision.unwrap_or_default().to_string(),
        "extras": [{ "key": "twin_uri", "value": uri }],
        "resources": [
            resource("Variante", format!("{uri}?f=html"), "HTML"),
            resource("3D-Ansicht", format!("{public_url}/viewer/?scenario={}", scenario.id), "HTML"),
            resource("3D Tiles", format!("{uri}/3dtiles/tileset.json"), "3D Tiles"),
            resource("Änderungen", format!("{uri}/diff?f=geojson"), "GeoJSON"),
        ],
    });
    let (begin, end) = dates(subject);
    if let Some(begin) = begin {
        entry["begin_collection_date"] = begin.into();
    }
    if let Some(end) = end {
        entry["end_collection_date"] = end.into();
    }
    if let Some(spatial) = spatial(subject)? {
        entry["spatial"] = spatial.to_string().into();
    }
    Ok(entry)
}

fn notes(scenario: &Scenario, project: &Project) -> String {
    let texts = [project.description.as_str(), scenario.description.as_str()];
    let told: Vec<_> = texts.into_iter().filter(|text| !text.trim().is_empty()).collect();
    match told.is_empty() {
        true => format!("Planungsvariante „{}“ des Vorhabens „{}“", scenario.title, project.title),
        false => told.join("\n\n"),
    }
}

/// CKAN takes letters, digits, spaces, `-`, `_` and `.`, from two to a hundred; one tag is required.
fn tags(words: &[String]) -> Vec<Value> {
    let is_usable = |sign: char| sign.is_alphanumeric() || " -_.".contains(sign);
    let clean = |word: &String| word.chars().filter(|sign| is_usable(*sign)).take(100).collect::<String>();
    let own =
        words.iter().map(clean).map(|word| word.trim().to_owned()).filter(|word| word.chars().count() > 1);
    let mut all: Vec<String> = vec!["Planung".to_owned(), "3D".to_owned()];
    for word in own {
        if !all.contains(&word) {
            all.push(word);
        }
    }
    all.into_iter().map(|name| json!({ "name": name })).collect()
}

/// First and last day: of the phases, else from the publication on. An end that is open is left out.
fn dates(subject: &Subject) -> (Option<String>, Option<String>) {
    let day = |text: String| text.get(..10).map(str::to_owned);
    let spans: Vec<_> = subject.phases.iter().map(|phase| phase.span).collect();
    let begin = spans.iter().filter_map(|span| span.from).min().and_then(rfc3339);
    let begin = begin.or_else(|| subject.published.clone()).and_then(day);
    let is_open = spans.iter().any(|span| span.to.is_none());
    let end = spans.iter().filter_map(|span| span.to).max().filter(|_| !is_open);
    (begin, end.and_then(rfc3339).and_then(day))
}

/// Where it lies, as GeoJSON.
fn spatial(subject: &Subject) -> anyhow::Result<Option<Value>> {
    let Some(storage) = subject.storage.filter(|_| !subject.project.area.is_empty()) else { return Ok(None) };
    let to = Transformer::new(&storage, &CRS84)?;
    let mut area = subject.project.area.clone();
    area.iter_mut().flatten().try_for_each(|ring| to.convert_2d(ring))?;
    Ok(Some(json!({ "type": "MultiPolygon", "coordinates": area })))
}
