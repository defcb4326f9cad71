//! Planned transitions between versions (Versioning module of CityGML 3.0): what a file says that might become of the city.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::file::CityGmlFile;
use crate::{FormatError, Input};
use stadtwin_model::{Attributes, CityObject};

/// Within so many bytes of its begin a member of versioning says what it is.
const HEAD: usize = 512;

/// A way from one version of the city to a planned one; ids are gml:ids.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlannedTransition {
    pub id: String,
    pub reason: Option<String>,
    /// What it begins with, and what it leads to.
    pub from: String,
    pub to: String,
    /// Whether other transitions than planned ones begin or end with `from`.
    pub is_from_history: bool,
    /// gml:name, gml:description and gml:identifier of what it leads to.
    pub name: Option<String>,
    pub description: Option<String>,
    pub identifier: Option<String>,
    pub transactions: Vec<VersionTransaction>,
}

/// An object goes, comes, or becomes another version of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VersionTransaction {
    pub old: Option<String>,
    pub new: Option<String>,
}

impl PlannedTransition {
    /// What stands behind the ids of planned versions in files of our own: `_A_v3` where the version is `V_A_v3`.
    pub fn suffix(&self) -> Option<&str> {
        self.to.strip_prefix('V').filter(|suffix| suffix.starts_with('_'))
    }
}

/// Planned transitions of a file in their order; of files that are no CityGML 3.0, or know no versions, none.
pub fn planned_transitions(input: Input) -> Result<Vec<PlannedTransition>, FormatError> {
    let mut file = CityGmlFile::open_plain(input.clone())?;
    if !file.may_have_transitions(&input) {
        return Ok(Vec::new());
    }
    let (mut versions, mut transitions) = (HashMap::new(), Vec::new());
    while let Some(batch) = file.next_batch()? {
        let is_other =
            |member: &[u8]| memchr::memmem::find(member.get(..HEAD).unwrap_or(member), b"Version").is_none();
        let others: Vec<usize> =
            (0..).zip(batch.members()).filter(|(_, m)| is_other(m)).map(|(at, _)| at).collect();
        for parsed in batch.parse_others(&others).objects {
            match parsed.object.class.name() {
                "Version" => drop(versions.insert(parsed.object.id.clone(), parsed.object)),
                "VersionTransition" => transitions.push(parsed.object),
                _ => {}
            }
        }
    }
    let is_planned = |one: &&CityObject| text(&one.attributes, "type").as_deref() == Some("planned");
    let (planned, others): (Vec<&CityObject>, Vec<&CityObject>) = transitions.iter().partition(is_planned);
    let ends = |one: &&CityObject| ["from", "to"].map(|end| text(&one.attributes, end));
    let history: HashSet<String> = others.iter().flat_map(ends).flatten().collect();
    let planned = planned.into_iter().map(|transition| described(transition, &versions));
    let told = planned.map(|mut one| {
        one.is_from_history = history.contains(&one.from);
        one
    });
    Ok(told.collect())
}

fn described(transition: &CityObject, versions: &HashMap<String, CityObject>) -> PlannedTransition {
    let said = |name: &str| text(&transition.attributes, name);
    let (from, to) = (said("from").unwrap_or_default(), said("to").unwrap_or_default());
    let of_target = |name: &str| text(&versions.get(&to)?.attributes, name);
    let mut transactions: Vec<VersionTransaction> =
        list(transition.attributes.get("transaction")).iter().filter_map(transaction).collect();
    // Versions that say all their members need no transactions.
    if transactions.is_empty() && transition.attributes.get("clonePredecessor") == Some(&Value::Bool(false)) {
        let members = |version: &str| -> Vec<String> {
            let members = versions.get(version).map(|version| list(version.attributes.get("versionMember")));
            members.unwrap_or_default().iter().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let (before, after) = (members(&from), members(&to));
        let gone = before.iter().filter(|id| !after.contains(id));
        let gone = gone.map(|id| VersionTransaction { old: Some(id.clone()), new: None });
        let come = after.iter().filter(|id| !before.contains(id));
        let come = come.map(|id| VersionTransaction { old: None, new: Some(id.clone()) });
        transactions = gone.chain(come).collect();
    }
    PlannedTransition {
        id: transition.id.clone(),
        reason: said("reason"),
        name: of_target("name"),
        description: of_target("description"),
        identifier: of_target("identifier"),
        is_from_history: false,
        from,
        to,
        transactions,
    }
}

fn transaction(value: &Value) -> Option<VersionTransaction> {
    let said = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let (old, new) = (said("oldFeature"), said("newFeature"));
    (old.is_some() || new.is_some()).then_some(VersionTransaction { old, new })
}

fn list(value: Option<&Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(values)) => values.clone(),
        Some(value) => vec![value.clone()],
        None => Vec::new(),
    }
}

fn text(attributes: &Attributes, name: &str) -> Option<String> {
    Some(list(attributes.get(name)).first()?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "<CityModel xmlns='http://www.opengis.net/citygml/3.0' xmlns:gml='http://www.opengis.net/gml/3.2' \
         xmlns:bldg='http://www.opengis.net/citygml/building/3.0' xmlns:vers='http://www.opengis.net/citygml/versioning/3.0' \
         xmlns:xlink='http://www.w3.org/1999/xlink'>";

    fn read(members: &str) -> Vec<PlannedTransition> {
        let text = format!("{HEAD}{members}</CityModel>");
        planned_transitions(Input::memory("test", text.as_bytes())).unwrap()
    }

    fn pair(old: Option<&str>, new: Option<&str>) -> VersionTransaction {
        VersionTransaction { old: old.map(str::to_owned), new: new.map(str::to_owned) }
    }

    fn transition(kind: &str, clones: bool, transactions: &str) -> String {
        format!(
            "<versionTransitionMember><vers:VersionTransition gml:id='T'><vers:reason>more flats</vers:reason>\
             <vers:clonePredecessor>{clones}</vers:clonePredecessor><vers:type>{kind}</vers:type>\
             <vers:from xlink:href='#V0'/><vers:to xlink:href='#V_A_v3'/>{transactions}</vers:VersionTransition>\
             </versionTransitionMember>"
        )
    }

    const VERSIONS: &str = "<versionMember><vers:Version gml:id='V0'><vers:versionMember xlink:href='#B1'/>\
         <vers:versionMember xlink:href='#B2'/></vers:Version></versionMember>\
         <cityObjectMember><bldg:Building gml:id='B1'/></cityObjectMember>\
         <versionMember><vers:Version gml:id='V_A_v3'><gml:name>Variant A</gml:name>\
         <vers:versionMember xlink:href='#B2'/><vers:versionMember xlink:href='#B3'/></vers:Version></versionMember>";

    #[test]
    fn transactions_are_read_wherever_they_stand() {
        let said = "<vers:transaction><vers:Transaction><vers:type>replace</vers:type><vers:oldFeature xlink:href='#B1'/>\
             <vers:newFeature xlink:href='#N1'/></vers:Transaction></vers:transaction><vers:transaction><vers:Transaction>\
             <vers:type>delete</vers:type><vers:oldFeature xlink:href='#B2'/></vers:Transaction></vers:transaction>";
        let found = read(&format!("{}{VERSIONS}", transition("planned", true, said)));
        let [one] = &found[..] else { panic!("{found:?}") };
        assert_eq!((one.from.as_str(), one.to.as_str(), one.suffix()), ("V0", "V_A_v3", Some("_A_v3")));
        assert_eq!((one.name.as_deref(), one.reason.as_deref()), (Some("Variant A"), Some("more flats")));
        assert_eq!(one.transactions, [pair(Some("B1"), Some("N1")), pair(Some("B2"), None)]);
    }

    #[test]
    fn members_that_are_all_told_differ_by_themselves() {
        let found = read(&format!("{VERSIONS}{}", transition("planned", false, "")));
        assert_eq!(found[0].transactions, [pair(Some("B1"), None), pair(None, Some("B3"))]);
        assert_eq!(read(&format!("{VERSIONS}{}", transition("planned", true, "")))[0].transactions, []);
    }

    #[test]
    fn what_happened_is_no_plan() {
        assert_eq!(read(&format!("{VERSIONS}{}", transition("historicalSuccession", false, ""))), []);
        assert_eq!(read("<cityObjectMember><bldg:Building gml:id='Version'/></cityObjectMember>"), []);
    }
}
