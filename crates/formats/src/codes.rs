//! Codes among attributes: of which list each is, and their texts put beside them. Knows no lists itself.

use super::units::unit_beside;
use serde_json::Value;
use stadtwin_model::{Attributes, CityObject, code_space_key, file_name_key};

/// Attributes of which lists are known even where a file names none.
pub const WITH_OWN_LISTS: [&str; 2] = ["function", "roofType"];

/// A code with the names of the lists that it may be of, the best one first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeValue<'a> {
    /// Way to the attribute, as in `CityObject::qualifiers`.
    pub path: &'a str,
    /// As the file has it; empty where it names none.
    pub code_space: &'a str,
    pub code: &'a str,
}

impl CodeValue<'_> {
    /// Names that a list goes by in the store.
    pub fn list_names(&self) -> Vec<String> {
        list_names(self.path, self.code_space)
    }
}

/// Names in the store of the list that an attribute's codes are of, the best one first; `code_space` as the file has it,
/// empty where it names none.
pub fn list_names(path: &str, code_space: &str) -> Vec<String> {
    if code_space.is_empty() {
        return vec![format!("@{path}")];
    }
    std::iter::once(code_space_key(code_space)).chain(file_name_key(code_space)).collect()
}

/// All codes of an object's own attributes, or of a surface's.
pub fn codes<'a>(
    attributes: &'a Attributes,
    qualifiers: &'a Attributes,
    found: &mut dyn FnMut(CodeValue<'a>),
) {
    for (path, said) in qualifiers {
        let Some(value) = at(attributes, path).filter(|_| names_space(said)) else { continue };
        each(value, said, &mut |code, code_space| found(CodeValue { path, code_space, code }));
    }
    for path in WITH_OWN_LISTS {
        let (value, said) = (attributes.get(path), qualifiers.get(path));
        let Some(value) = value.filter(|_| !said.is_some_and(names_space)) else { continue };
        each(value, &Value::Null, &mut |code, code_space| found(CodeValue { path, code_space, code }));
    }
}

/// Whether any attribute of the object, its surfaces and its children names a list; costs next to nothing where nothing
/// is qualified.
pub fn has_code_spaces(object: &CityObject) -> bool {
    let any = |qualifiers: &Attributes| !qualifiers.is_empty() && qualifiers.values().any(names_space);
    any(&object.qualifiers)
        || object
            .geometries
            .iter()
            .flat_map(|geometry| &geometry.surfaces)
            .any(|surface| any(&surface.qualifiers))
        || object.children.iter().any(has_code_spaces)
}

/// What stands beside top-level values: of which lists their codes are, and their units.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Beside {
    lists: Vec<(String, Vec<String>)>,
    units: Vec<(String, String)>,
}

impl Beside {
    pub fn lists(&self, name: &str) -> Option<&[String]> {
        self.lists.iter().find(|(known, _)| known == name).map(|(_, lists)| lists.as_slice())
    }

    pub fn unit(&self, name: &str) -> Option<&str> {
        self.units.iter().find(|(known, _)| known == name).map(|(_, unit)| unit.as_str())
    }
}

/// `None` where there is more to it: codes of nested values, or each value of an array with a list of its own.
pub(super) fn beside(qualifiers: &Attributes) -> Option<Beside> {
    let mut beside = Beside::default();
    for (name, said) in qualifiers {
        if let Some(unit) = unit_beside(name, said) {
            beside.units.push((name.clone(), unit.to_owned()));
        }
        if !names_space(said) {
            continue;
        }
        let space = said.get("codeSpace").and_then(Value::as_str).filter(|_| !name.contains('/'))?;
        beside.lists.push((name.clone(), list_names(name, space)));
    }
    for name in WITH_OWN_LISTS {
        if beside.lists(name).is_none() {
            beside.lists.push((name.to_owned(), list_names(name, "")));
        }
    }
    Some(beside)
}

/// The attributes with the text of each code beside it, under its name and `_text`; `text` gives it for the names of
/// its list and the code. Where an attribute has several codes the texts are an array, `null` for what is unknown.
pub fn with_texts(
    attributes: Attributes,
    qualifiers: &Attributes,
    text: &dyn Fn(&[String], &str) -> Option<String>,
) -> Attributes {
    let mut texts: Vec<(String, Value)> = Vec::new();
    {
        let mut paths: Vec<(&str, &Value)> = qualifiers
            .iter()
            .filter(|(_, said)| names_space(said))
            .map(|(path, said)| (path.as_str(), said))
            .collect();
        let own = WITH_OWN_LISTS.iter().filter(|path| !qualifiers.get(**path).is_some_and(names_space));
        paths.extend(own.map(|path| (*path, &Value::Null)));
        for (path, said) in paths {
            let Some(value) = at(&attributes, path) else { continue };
            let mut found = Vec::new();
            each(value, said, &mut |code, space| found.push(text(&list_names(path, space), code)));
            if found.iter().all(Option::is_none) {
                continue;
            }
            let shown = match value {
                Value::Array(_) => Value::from(found),
                _ => Value::from(found.into_iter().flatten().next()),
            };
            texts.push((path.to_owned(), shown));
        }
    }
    if texts.is_empty() { attributes } else { interleaved(attributes, texts) }
}

fn interleaved(mut attributes: Attributes, mut texts: Vec<(String, Value)>) -> Attributes {
    let (top, nested): (Vec<_>, Vec<_>) =
        texts.drain(..).partition(|(path, _)| attributes.contains_key(path));
    for (path, value) in nested {
        put_beside(&mut attributes, &path, value);
    }
    let mut all = Attributes::with_capacity(attributes.len() + top.len());
    let taken: Vec<String> = attributes.keys().cloned().collect();
    for (name, value) in attributes {
        let beside = top.iter().find(|(path, _)| *path == name);
        let text_name = format!("{name}_text");
        all.insert(name, value);
        if let Some((_, text)) = beside.filter(|_| !taken.contains(&text_name)) {
            all.insert(text_name, text.clone());
        }
    }
    all
}

/// Into the nested object that holds the attribute.
fn put_beside(attributes: &mut Attributes, path: &str, text: Value) {
    let mut segments: Vec<&str> = path.split('/').collect();
    let Some(mut name) = segments.pop() else { return };
    let mut item = None;
    if let Ok(index) = name.parse::<usize>() {
        item = Some(index);
        let Some(before) = segments.pop() else { return };
        name = before;
    }
    let Some((first, rest)) = segments.split_first() else { return };
    let Some(mut holder) = attributes.get_mut(*first) else { return };
    for segment in rest {
        let inner = match holder {
            Value::Array(items) => segment.parse::<usize>().ok().and_then(|index| items.get_mut(index)),
            Value::Object(members) => members.get_mut(*segment),
            _ => None,
        };
        let Some(inner) = inner else { return };
        holder = inner;
    }
    let Value::Object(members) = holder else { return };
    let text_name = format!("{name}_text");
    match item {
        None => drop(members.entry(text_name).or_insert(text)),
        Some(index) => {
            let count = members.get(name).and_then(Value::as_array).map_or(0, Vec::len);
            let all = members.entry(text_name).or_insert_with(|| Value::Array(vec![Value::Null; count]));
            if let Some(place) = all.get_mut(index) {
                *place = text;
            }
        }
    }
}

fn names_space(said: &Value) -> bool {
    match said {
        Value::Object(what) => what.contains_key("codeSpace"),
        Value::Array(items) => items.iter().any(names_space),
        _ => false,
    }
}

/// The value at a way such as `height/1/status`; names that hold a slash come first.
fn at<'a>(attributes: &'a Attributes, path: &str) -> Option<&'a Value> {
    if let Some(value) = attributes.get(path) {
        return Some(value);
    }
    let mut segments = path.split('/');
    let mut value = attributes.get(segments.next()?)?;
    for segment in segments {
        value = match value {
            Value::Array(items) => items.get(segment.parse::<usize>().ok()?)?,
            Value::Object(members) => members.get(segment)?,
            _ => return None,
        };
    }
    Some(value)
}

/// Each code of a value with its codeSpace; what is no text is no code.
fn each<'a>(value: &'a Value, said: &'a Value, found: &mut dyn FnMut(&'a str, &'a str)) {
    let space = |said: &'a Value| said.get("codeSpace").and_then(Value::as_str).unwrap_or_default();
    match (value, said) {
        (Value::String(code), said) => found(code, space(said)),
        (Value::Array(items), Value::Array(all)) => {
            for (item, said) in items.iter().zip(all) {
                found(item.as_str().unwrap_or_default(), space(said));
            }
        }
        (Value::Array(items), said) => {
            items.iter().for_each(|item| found(item.as_str().unwrap_or_default(), space(said)));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> Attributes {
        value.as_object().cloned().unwrap()
    }

    /// Codes that begin with `u` are unknown.
    fn check(attributes: Value, qualifiers: Value, expected: Value) {
        let text = |names: &[String], code: &str| {
            (!code.starts_with('u')).then(|| format!("{}:{code}", names.first().unwrap()))
        };
        let found = with_texts(map(attributes), &map(qualifiers), &text);
        assert_eq!(serde_json::to_string(&found).unwrap(), expected.to_string());
    }

    #[test]
    fn texts_stand_beside_their_codes() {
        let list = json!({"codeSpace": "../../l/c.xml"});
        check(
            json!({"class": "1", "x": 2}),
            json!({"class": list}),
            json!({"class": "1", "class_text": "l/c.xml:1", "x": 2}),
        );
        check(
            json!({"usage": ["1", "u", "3"]}),
            json!({"usage": [list, list, {"codeSpace": "b"}]}),
            json!({"usage": ["1", "u", "3"], "usage_text": ["l/c.xml:1", null, "b:3"]}),
        );
        check(json!({"class": "u1"}), json!({"class": list}), json!({"class": "u1"}));
        check(
            json!({"function": "31001_1000", "roofType": "1000"}),
            json!({"roofType": {"codeSpace": "r"}}),
            json!({"function": "31001_1000", "function_text": "@function:31001_1000", "roofType": "1000", "roofType_text": "r:1000"}),
        );
        check(
            json!({"d": [{"k": "1"}, {"k": "2", "n": {"m": ["5", "6"]}}]}),
            json!({"d/1/k": list, "d/1/n/m/1": list}),
            json!({"d": [{"k": "1"}, {"k": "2", "n": {"m": ["5", "6"], "m_text": [null, "l/c.xml:6"]}, "k_text": "l/c.xml:2"}]}),
        );
        // Somebody's own attribute is not overwritten, and numbers are no codes.
        check(json!({"a": "1", "a_text": "x"}), json!({"a": list}), json!({"a": "1", "a_text": "x"}));
        check(json!({"a": 1}), json!({"a": list}), json!({"a": 1}));
        check(json!({"a": "1"}), json!({"b/c": list, "a/0/d": list}), json!({"a": "1"}));
    }

    #[test]
    fn codes_are_told_with_their_lists() {
        let (attributes, qualifiers) = (
            map(json!({"class": "1", "function": ["a", "b"], "n": {"m": "2"}})),
            map(
                json!({"class": {"codeSpace": "http://x/y.xml"}, "n/m": {"codeSpace": "z"}, "n": {"uom": "m"}}),
            ),
        );
        let mut found = Vec::new();
        codes(&attributes, &qualifiers, &mut |value| found.push((value.code, value.list_names().join(" "))));
        let expected = [("1", "http://x/y.xml */y.xml"), ("2", "z"), ("a", "@function"), ("b", "@function")];
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert_eq!((found.0, found.1.as_str()), expected);
        }
    }
}
