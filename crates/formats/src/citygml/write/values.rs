//! Properties: plain ones with what is said of them, nested ones, and who writes which of the rest.

use super::super::ids::to_name;
use super::super::qualifiers::PLAIN_UOM;
use super::super::schema::{Kind, Layout, Version, prefix};
use super::super::standard;
use super::jobs::{Around, Job};
use super::pen::Pen;
use super::places::BEHIND;
use super::xml::{push_integer, push_number};
use serde_json::{Map, Value};
use stadtwin_model::{Attributes, CityObject};

/// XML attributes of a property in the order in which they are written.
const SAID: [&str; 6] = ["codeSpace", "uom", "role", "nilReason", "indeterminatePosition", "frame"];
/// Properties whose type another version has otherwise: day, or day and time.
const MOMENTS: [&str; 4] = ["core:creationDate", "core:terminationDate", "core:validFrom", "core:validTo"];
/// Measures that are no lengths: nobody knows their unit where none is said.
const NO_LENGTHS: [&str; 2] = ["area", "volume"];

impl Pen {
    pub fn job(&mut self, around: &Around, place: u16, job: &Job) {
        self.xml.out.push(b'\n');
        match job {
            Job::Attribute { name, value, said } => self.attribute(around, place, name, *value, *said),
            Job::Height(height) => self.height(height),
            Job::Date { name, year } => self.date(name, year),
            Job::Addresses(all) => self.addresses(around, all),
            Job::ExternalReferences(all) => self.external_references(all),
            Job::Generics(all) => self.generics(all, around.qualifiers),
            Job::Appearances => {
                if let Some(wardrobe) = around.wardrobe {
                    self.appearances(wardrobe);
                }
            }
            Job::Extension(text) => self.xml.push(text),
            Job::Shape(index) => self.own_shape(around.plan, *index),
            Job::Faces(all) => self.surface_faces(around, place, all),
            Job::Implicit(index) => self.implicit(around, place, *index),
            Job::Surface(index) => self.surface(around.plan, *index),
            Job::Child(index) => self.child(around.plan, *index),
            Job::Member(member) => self.member_link(member),
        }
    }

    fn child(&mut self, plan: &super::plan::Plan, index: usize) {
        let Some(child) = plan.children.get(index) else { return };
        let object = child.plan.object;
        let role = object.qualifiers.get("@role").and_then(Value::as_str);
        if let Some(property) = &child.property {
            property.open(&mut self.xml);
            if let Some(role) = role {
                self.xml.attribute("role", role);
            }
            self.xml.close();
            self.object(&child.plan, None, None);
            property.end(&mut self.xml);
            return;
        }
        let name =
            plan.layout.property(child.place).map_or("core:cityObjectMember", |property| property.name);
        self.xml.open(name);
        if let Some(role) = role {
            self.xml.attribute("role", role);
        }
        self.xml.close();
        self.object(&child.plan, None, None);
        self.xml.end(name);
    }

    fn member_link(&mut self, member: &CityObject) {
        let role = member.qualifiers.get("@role").map(|role| ("role".to_owned(), role.clone()));
        let said = role.map(|role| Map::from_iter([role]));
        self.group_member(
            "grp:groupMember",
            Kind::Reference,
            &Value::from(member.id.as_str()),
            said.as_ref(),
        );
    }

    fn attribute(
        &mut self,
        around: &Around,
        place: u16,
        name: &str,
        value: Option<&Value>,
        said: Option<&Value>,
    ) {
        let property =
            around.layout.property(place).copied().or_else(|| self.planner.schema.any_property(name));
        let Some(property) = property else { return };
        let Some(value) = value else {
            let said = said.map(|said| said.as_array().and_then(|list| list.first()).unwrap_or(said));
            return self.leaf(property.name, property.kind, None, said.and_then(Value::as_object));
        };
        let is_one = property.kind == Kind::Measures;
        let items =
            value.as_array().filter(|_| !is_one).map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
        for (index, item) in items.iter().enumerate() {
            let own = match said {
                Some(Value::Array(list)) => list.get(index),
                said => said,
            };
            if own.is_some_and(|own| own.get("extension").is_some()) {
                continue;
            }
            let own = own.and_then(Value::as_object);
            match item {
                Value::Object(inside) => {
                    let path = if value.is_array() { format!("{name}/{index}") } else { name.to_owned() };
                    self.nested(property.name, inside, own, &path, around.qualifiers);
                }
                item => self.group_member(property.name, property.kind, item, own),
            }
        }
    }

    /// Version 3 has roles around the members of groups.
    fn group_member(&mut self, name: &str, kind: Kind, item: &Value, said: Option<&Map<String, Value>>) {
        if !(name == "grp:groupMember" && self.version() == Version::V3) {
            return self.leaf(name, kind, Some(item), said);
        }
        self.xml.push("<grp:groupMember><grp:Role>");
        if let Some(role) = said.and_then(|said| said.get("role")).and_then(Value::as_str) {
            self.xml.leaf("grp:role", role);
        }
        let link = Map::from_iter([("href".to_owned(), Value::Bool(true))]);
        self.leaf(name, kind, Some(item), Some(&link));
        self.xml.push("</grp:Role></grp:groupMember>");
    }

    /// An element of text or a link.
    fn leaf(&mut self, name: &str, kind: Kind, value: Option<&Value>, said: Option<&Map<String, Value>>) {
        self.xml.open(name);
        for what in SAID {
            let Some(text) = said.and_then(|said| said.get(what)).and_then(Value::as_str) else { continue };
            // Version 1 has its codes without their lists.
            if (self.version(), kind, what) == (Version::V1, Kind::Text, "codeSpace") {
                self.losses().count("code spaces");
            } else {
                self.xml.attribute(what, text);
            }
        }
        let local = name.split_once(':').map_or(name, |(_, local)| local);
        let has_unit = said.is_some_and(|said| said.contains_key("uom"));
        if matches!(kind, Kind::Measure | Kind::Measures) && !has_unit && !NO_LENGTHS.contains(&local) {
            self.xml.attribute("uom", std::str::from_utf8(PLAIN_UOM).unwrap_or("m"));
        }
        let is_link = said.is_some_and(|said| said.contains_key("href"));
        match value {
            Some(Value::String(href)) if is_link => {
                self.href(href);
                self.xml.close_empty();
            }
            Some(value) => {
                self.xml.close();
                let uom = said.and_then(|said| said.get("uom")).and_then(Value::as_str);
                match (local, uom.and_then(standard::metres), value.as_f64()) {
                    // It is held in metres whatever its unit is.
                    ("measuredHeight", Some(factor), Some(height)) => {
                        self.xml.number(divided(height, factor))
                    }
                    _ => match value
                        .as_str()
                        .filter(|_| MOMENTS.contains(&name))
                        .and_then(|text| self.moment(text))
                    {
                        Some(text) => self.xml.escaped(&text),
                        None => self.value(value),
                    },
                }
                self.xml.end(name);
            }
            None => self.xml.close_empty(),
        }
    }

    /// Day and time as the version wants them: version 3 both, the older ones the day alone. `None` where it is so already.
    fn moment(&mut self, text: &str) -> Option<String> {
        let (day, rest) = text.trim().split_at_checked(10)?;
        let is_day = day.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        if !is_day || (self.version() == Version::V3) == rest.starts_with('T') {
            return None;
        }
        if self.version() == Version::V3 {
            return Some(format!("{day}T00:00:00{rest}"));
        }
        let zone = rest.find(['Z', '+', '-']).and_then(|at| rest.get(at..)).unwrap_or_default();
        if !rest.strip_suffix(zone)?.trim_matches(['T', '0', ':', '.']).is_empty() {
            self.losses().count("times of day");
        }
        Some(format!("{day}{zone}"))
    }

    /// A link to something in the file, or an address outside as it is.
    pub fn href(&mut self, target: &str) {
        let is_outside = target.contains(['/', '#']) || target.starts_with("urn:") || target.contains("://");
        if is_outside {
            self.xml.attribute("xlink:href", target);
        } else {
            self.xml.attribute("xlink:href", &format!("#{}", to_name(target)));
        }
    }

    /// The text of a value.
    pub fn value(&mut self, value: &Value) {
        match value {
            Value::Null => {}
            Value::String(text) => self.xml.escaped(text),
            Value::Bool(flag) => self.xml.push(if *flag { "true" } else { "false" }),
            Value::Number(number) => match (number.as_u64(), number.as_f64()) {
                (Some(whole), _) => push_integer(&mut self.xml.out, whole),
                (None, Some(value)) if number.is_f64() => push_number(&mut self.xml.out, value),
                _ => self.xml.push(&number.to_string()),
            },
            Value::Array(list) if list.iter().all(|item| item.is_number() || item.is_string()) => {
                for (index, item) in list.iter().enumerate() {
                    if index > 0 {
                        self.xml.out.push(b' ');
                    }
                    self.value(item);
                }
            }
            other => {
                let text = other.to_string();
                self.xml.escaped(&text);
            }
        }
    }

    /// A property with elements inside, mostly those of a data type.
    fn nested(
        &mut self,
        name: &str,
        inside: &Map<String, Value>,
        said: Option<&Map<String, Value>>,
        path: &str,
        qualifiers: &Attributes,
    ) {
        let said = said.or_else(|| qualifiers.get(path).and_then(Value::as_object));
        self.xml.open(name);
        for what in SAID {
            if let Some(text) = said.and_then(|said| said.get(what)).and_then(Value::as_str) {
                self.xml.attribute(what, text);
            }
        }
        self.xml.close();
        let kind = inside.get("@type").and_then(Value::as_str);
        let layout = kind.and_then(|kind| self.planner.schema.layout(kind));
        if let Some(kind) = kind {
            self.xml.start(kind);
        }
        let mut members: Vec<_> = inside.iter().filter(|(key, _)| *key != "@type").collect();
        members.sort_by_key(|(key, _)| layout.and_then(|layout| layout.place(key)).unwrap_or(BEHIND));
        for (key, value) in members {
            self.inner(layout, kind.unwrap_or(name), key, value, path, qualifiers);
        }
        if let Some(kind) = kind {
            self.xml.end(kind);
        }
        self.xml.end(name);
    }

    fn inner(
        &mut self,
        layout: Option<&'static Layout>,
        owner: &str,
        key: &str,
        value: &Value,
        path: &str,
        qualifiers: &Attributes,
    ) {
        let known = layout.and_then(|layout| layout.property(layout.place(key)?)).copied();
        let known = known.or_else(|| self.planner.schema.any_property(key).filter(|_| layout.is_none()));
        let (name, kind) = match known {
            Some(property) => (property.name.to_owned(), property.kind),
            None => (format!("{}:{key}", prefix(owner)), Kind::Text),
        };
        let is_one = kind == Kind::Measures;
        let items =
            value.as_array().filter(|_| !is_one).map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
        for (index, item) in items.iter().enumerate() {
            let path = if value.is_array() && !is_one {
                format!("{path}/{key}/{index}")
            } else {
                format!("{path}/{key}")
            };
            let said = qualifiers.get(&path).and_then(Value::as_object);
            match item {
                Value::Object(inside) => self.nested(&name, inside, said, &path, qualifiers),
                item => self.leaf(&name, kind, Some(item), said),
            }
        }
    }

    fn height(&mut self, height: &Value) {
        self.losses().count("measured heights, written as heights between unknown points");
        self.xml.push("<con:height><con:Height><con:highReference>unknown</con:highReference>");
        self.xml.push("<con:lowReference>unknown</con:lowReference><con:status>measured</con:status>");
        self.leaf("con:value", Kind::Measure, Some(height), None);
        self.xml.push("</con:Height></con:height>");
    }

    fn date(&mut self, name: &'static str, year: &Value) {
        self.losses().count("years, written as the first day of the year");
        let name = format!("con:{name}");
        match year.as_i64().filter(|year| (0..10_000).contains(year)) {
            Some(year) => self.xml.leaf(&name, &format!("{year:04}-01-01")),
            None => self.leaf(&name, Kind::Text, Some(year), None),
        }
    }
}

/// What times the factor gives the value, if there is such a number.
fn divided(value: f64, factor: f64) -> f64 {
    let about = value / factor;
    [about, about.next_up(), about.next_down()]
        .into_iter()
        .find(|candidate| candidate * factor == value)
        .unwrap_or(about)
}
