//! Projects, scenarios, operations and revisions as pages for people.

use std::collections::HashMap;

use askama::Template;

use super::access::Sight;
use super::documents::{project_path, scenario_path};
use super::paging::Part;
use super::projects::private;
use super::stages::STAGES;
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::html::Frame;
use crate::api::links::segment;
use crate::api::negotiate::{Language, Media};
use crate::api::table::{Cell, Table, TablePage, cell, linked};
use stadtwin_model::{Project, Scenario};
use stadtwin_store::{ScenarioRevision, StoredOperation};

/// Names of objects that stand in a cell.
const MOST_NAMED: usize = 10;

type Crumb = (String, String);

/// `names` of organizations by id.
pub fn projects(
    call: &Call,
    part: &Part<(Project, Sight)>,
    names: &HashMap<String, String>,
) -> Result<Answer, ApiError> {
    let columns = vec![
        word(call, "Project", "Projekt"),
        word(call, "Owners", "Träger"),
        stage_word(call),
        number_word(call),
    ];
    let row = |project: &Project| {
        vec![
            linked(&project.title, to(call, &project_path(&project.id))),
            cell(called(&project.owners, names)),
            cell(stage(project)),
            cell(project.plan_number.clone().unwrap_or_default()),
        ]
    };
    let title = projects_word(call);
    let lead = word(
        call,
        "What is being planned in this twin. Who has no token sees what is published.",
        "Was in diesem Zwilling geplant wird. Ohne Zugangstoken ist zu sehen, was veröffentlicht ist.",
    );
    let rows = part.entries.iter().map(|(project, _)| row(project)).collect();
    answer(TablePage {
        frame: Frame::of(call, title, Vec::new()),
        lead: lead.to_owned(),
        facts: Vec::new(),
        tables: vec![Table { caption: title, columns, rows }],
        next_url: part.next_url(call),
    })
}

pub fn project(
    call: &Call,
    project: &Project,
    scenarios: &Part<(Scenario, Sight)>,
    names: &HashMap<String, String>,
) -> Result<Answer, ApiError> {
    let mut facts = vec![
        (word(call, "Id", "Kennung"), project.id.clone()),
        (word(call, "Owners", "Träger"), called(&project.owners, names)),
    ];
    let partners = Some(called(&project.partners, names)).filter(|partners| !partners.is_empty());
    facts.extend(partners.map(|partners| (word(call, "Partners", "Beteiligte"), partners)));
    facts.extend(project.plan_number.clone().map(|number| (number_word(call), number)));
    facts.extend(project.stage.map(|_| (stage_word(call), stage(project))));
    facts.push((changed_word(call), call.language.date(&project.updated)));
    answer(TablePage {
        frame: Frame::of(call, &project.title, vec![projects_crumb(call)]),
        lead: project.description.clone(),
        facts,
        tables: vec![scenario_table(call, &scenarios.entries, false)],
        next_url: String::new(),
    })
}

pub fn scenarios(call: &Call, part: &Part<(Scenario, Sight)>) -> Result<Answer, ApiError> {
    let lead = word(
        call,
        "Variants of the city. Who has no token sees what is published.",
        "Varianten der Stadt. Ohne Zugangstoken ist zu sehen, was veröffentlicht ist.",
    );
    answer(TablePage {
        frame: Frame::of(call, scenarios_word(call), Vec::new()),
        lead: lead.to_owned(),
        facts: Vec::new(),
        tables: vec![scenario_table(call, &part.entries, true)],
        next_url: part.next_url(call),
    })
}

pub fn scenario(
    call: &Call,
    scenario: &Scenario,
    project: &Project,
    sight: Sight,
) -> Result<Answer, ApiError> {
    let mut facts = vec![
        (word(call, "Id", "Kennung"), scenario.id.clone()),
        (word(call, "State", "Bearbeitungsstand"), state(call, scenario, sight).to_owned()),
        (
            word(call, "Published for", "Veröffentlicht für"),
            visibility(call, &scenario.visibility).to_owned(),
        ),
    ];
    facts.extend(scenario.parent.clone().map(|parent| (word(call, "Builds on", "Baut auf auf"), parent)));
    let published = scenario.published_revision.map(|number| number.to_string());
    facts.extend(
        published.map(|number| (word(call, "Published revision", "Veröffentlichte Fassung"), number)),
    );
    let agreed =
        Some(scenario.agreed.join(", ")).filter(|agreed| sight == Sight::Draft && !agreed.is_empty());
    facts.extend(
        agreed.map(|agreed| (word(call, "Agreed to publish", "Mit Veröffentlichung einverstanden"), agreed)),
    );
    let tags = Some(scenario.tags.join(", ")).filter(|tags| !tags.is_empty());
    facts.extend(tags.map(|tags| (word(call, "Tags", "Schlagwörter"), tags)));
    facts.push((changed_word(call), call.language.date(&scenario.updated)));
    let path = scenario_path(&scenario.id);
    let in_3d =
        format!("{}/viewer/#sc={}&lang={}", call.base.prefix(), segment(&scenario.id), call.language.code());
    let more = [
        (word(call, "Show in 3D", "In 3D zeigen"), in_3d),
        (operations_word(call), to(call, &format!("{path}/operations"))),
        (revisions_word(call), to(call, &format!("{path}/revisions"))),
        (
            word(call, "The city as 3D Tiles", "Die Stadt als 3D Tiles"),
            format!("{}{path}/3dtiles/tileset.json", call.base.prefix()),
        ),
    ];
    let caption = word(call, "More on this scenario", "Mehr zu diesem Szenario");
    let rows = more.into_iter().map(|(name, url)| vec![linked(name, url)]).collect();
    answer(TablePage {
        frame: Frame::of(call, &scenario.title, project_crumbs(call, project)),
        lead: scenario.description.clone(),
        facts,
        tables: vec![Table { caption, columns: vec![word(call, "Page", "Seite")], rows }],
        next_url: String::new(),
    })
}

/// Operations with the ids of their collections.
pub fn operations(
    call: &Call,
    (scenario, project): (&Scenario, &Project),
    part: &Part<StoredOperation>,
    collection: impl Fn(i32) -> String,
) -> Result<Answer, ApiError> {
    let row = |operation: &StoredOperation| {
        let collection = collection(operation.collection);
        let day = |moment: Option<i64>| {
            let time = moment.and_then(|moment| jiff::Timestamp::from_microsecond(moment).ok());
            cell(time.map(|time| call.language.date(&time.to_string())).unwrap_or_default())
        };
        vec![
            cell(operation.seq.to_string()),
            cell(act(call, &operation.kind)),
            cell(collection.clone()),
            cell(named(call, &operation.targets)),
            made(call, scenario, &collection, &operation.made),
            day(operation.span.from),
            day(operation.span.to),
            cell(operation.comment.clone().unwrap_or_default()),
        ]
    };
    let columns = vec![
        word(call, "No.", "Nr."),
        word(call, "Operation", "Vorgang"),
        word(call, "Collection", "Sammlung"),
        word(call, "Done to", "Betrifft"),
        word(call, "Brings", "Bringt"),
        word(call, "From", "Ab"),
        word(call, "Until", "Bis"),
        word(call, "Comment", "Anmerkung"),
    ];
    let caption = operations_word(call);
    answer(TablePage {
        frame: Frame::of(
            call,
            &format!("{} – {caption}", scenario.title),
            scenario_crumbs(call, scenario, project),
        ),
        lead: String::new(),
        facts: Vec::new(),
        tables: vec![Table { caption, columns, rows: part.entries.iter().map(row).collect() }],
        next_url: part.next_url(call),
    })
}

pub fn revisions(
    call: &Call,
    (scenario, project): (&Scenario, &Project),
    revisions: &[&ScenarioRevision],
) -> Result<Answer, ApiError> {
    let row = |revision: &&ScenarioRevision| {
        let operations = format!(
            "{}{}/operations?revision={}&f=html",
            call.base.prefix(),
            scenario_path(&scenario.id),
            revision.number
        );
        vec![
            linked(revision.number.to_string(), operations),
            cell(match revision.reason.as_str() {
                "publish" => word(call, "published", "veröffentlicht"),
                _ => word(call, "handed in", "eingereicht"),
            }),
            cell(if revision.is_public { word(call, "yes", "ja") } else { word(call, "no", "nein") }),
            cell(call.language.date(&revision.made)),
            cell(revision.comment.clone().unwrap_or_default()),
        ]
    };
    let columns = vec![
        word(call, "Revision", "Fassung"),
        word(call, "Made when", "Anlass"),
        word(call, "Public", "Öffentlich"),
        word(call, "Date", "Datum"),
        word(call, "Comment", "Anmerkung"),
    ];
    let caption = revisions_word(call);
    answer(TablePage {
        frame: Frame::of(
            call,
            &format!("{} – {caption}", scenario.title),
            scenario_crumbs(call, scenario, project),
        ),
        lead: String::new(),
        facts: Vec::new(),
        tables: vec![Table { caption, columns, rows: revisions.iter().map(row).collect() }],
        next_url: String::new(),
    })
}

/// Names of organizations, else their ids.
fn called(ids: &[String], names: &HashMap<String, String>) -> String {
    ids.iter().map(|id| names.get(id).unwrap_or(id).as_str()).collect::<Vec<_>>().join(", ")
}

fn answer(page: TablePage) -> Result<Answer, ApiError> {
    Ok(private(Answer::new(Media::Html, page.render()?)))
}

fn scenario_table(call: &Call, scenarios: &[(Scenario, Sight)], with_projects: bool) -> Table {
    let row = |(scenario, sight): &(Scenario, Sight)| {
        let mut row = vec![linked(&scenario.title, to(call, &scenario_path(&scenario.id)))];
        if with_projects {
            row.push(linked(&scenario.project, to(call, &project_path(&scenario.project))));
        }
        row.push(cell(state(call, scenario, *sight)));
        row.push(cell(visibility(call, &scenario.visibility)));
        row.push(cell(call.language.date(&scenario.updated)));
        row
    };
    let mut columns = vec![word(call, "Scenario", "Szenario")];
    columns.extend(with_projects.then(|| word(call, "Project", "Projekt")));
    columns.extend([
        word(call, "State", "Bearbeitungsstand"),
        word(call, "Published for", "Veröffentlicht für"),
        changed_word(call),
    ]);
    Table { caption: scenarios_word(call), columns, rows: scenarios.iter().map(row).collect() }
}

/// What an operation brings; one alone leads to the object as the scenario has it.
fn made(call: &Call, scenario: &Scenario, collection: &str, made: &[String]) -> Cell {
    match made {
        [one] => linked(
            one,
            format!(
                "{}/collections/{}/items/{}?scenario={}&f=html",
                call.base.prefix(),
                segment(collection),
                segment(one),
                scenario.id
            ),
        ),
        several => cell(named(call, several)),
    }
}

fn named(call: &Call, names: &[String]) -> String {
    let mut text = names.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > MOST_NAMED {
        text.push_str(&format!(" … ({} {})", names.len(), word(call, "in all", "insgesamt")));
    }
    text
}

fn to(call: &Call, path: &str) -> String {
    format!("{}{path}?f=html", call.base.prefix())
}

fn projects_crumb(call: &Call) -> Crumb {
    (projects_word(call).to_owned(), to(call, "/projects"))
}

fn project_crumbs(call: &Call, project: &Project) -> Vec<Crumb> {
    vec![projects_crumb(call), (project.title.clone(), to(call, &project_path(&project.id)))]
}

fn scenario_crumbs(call: &Call, scenario: &Scenario, project: &Project) -> Vec<Crumb> {
    let mut crumbs = project_crumbs(call, project);
    crumbs.push((scenario.title.clone(), to(call, &scenario_path(&scenario.id))));
    crumbs
}

fn word(call: &Call, english: &'static str, german: &'static str) -> &'static str {
    if call.language == Language::German { german } else { english }
}

fn projects_word(call: &Call) -> &'static str {
    word(call, "Planning projects", "Planungsprojekte")
}

fn scenarios_word(call: &Call) -> &'static str {
    word(call, "Scenarios", "Szenarien")
}

fn operations_word(call: &Call) -> &'static str {
    word(call, "Operations", "Vorgänge")
}

fn revisions_word(call: &Call) -> &'static str {
    word(call, "Revisions", "Fassungen")
}

fn number_word(call: &Call) -> &'static str {
    word(call, "Plan number", "Plannummer")
}

fn changed_word(call: &Call) -> &'static str {
    word(call, "Changed", "Geändert")
}

fn stage_word(call: &Call) -> &'static str {
    word(call, "Stage of the procedure (BauGB)", "Verfahrensschritt")
}

/// As the law calls it, in every language.
fn stage(project: &Project) -> String {
    let known =
        |code: i32| STAGES.iter().find(|(known, _)| *known == code).map(|(_, name)| (*name).to_owned());
    project.stage.map(|code| known(code).unwrap_or_else(|| code.to_string())).unwrap_or_default()
}

fn state(call: &Call, scenario: &Scenario, sight: Sight) -> &'static str {
    use stadtwin_model::EditState::*;
    // Who sees what is published alone sees no other state.
    match if sight == Sight::Published { Published } else { scenario.state } {
        Draft => word(call, "draft", "Entwurf"),
        Submitted => word(call, "submitted", "eingereicht"),
        Approved => word(call, "approved", "gebilligt"),
        Published => word(call, "published", "veröffentlicht"),
        Archived => word(call, "archived", "abgelegt"),
        Withdrawn => word(call, "withdrawn", "zurückgezogen"),
        Realized => word(call, "realized", "umgesetzt"),
    }
}

fn visibility(call: &Call, name: &str) -> &'static str {
    match name {
        "private" => word(call, "nobody else", "niemand sonst"),
        "partners" => word(call, "partners", "Beteiligte"),
        "registered" => word(call, "everybody with a token", "Angemeldete"),
        "public" => word(call, "everybody", "alle"),
        _ => word(call, "the owners", "die Träger"),
    }
}

fn act(call: &Call, kind: &str) -> String {
    let known = match kind {
        "add" => word(call, "add", "hinzufügen"),
        "remove" => word(call, "remove", "entfernen"),
        "replace" => word(call, "replace", "ersetzen"),
        "modify" => word(call, "modify", "ändern"),
        "transform" => word(call, "transform", "verschieben, drehen, skalieren"),
        "extrude" => word(call, "extrude", "aus Grundriss bauen"),
        _ => kind,
    };
    known.to_owned()
}
