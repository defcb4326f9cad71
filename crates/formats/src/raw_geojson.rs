//! Features as GeoJSON whose attributes go out as the text that they are kept as. Says the same as `geojson` after units
//! and texts of codes were put beside them, only sooner: nothing is taken apart that needs not be.

use serde_json::Value;

use super::codes::{Beside, beside};
use super::geojson::{OWN_NAMES, write_outline, write_selected};
use super::own_property::{class_name, own_properties};
use super::raw_members::RawMembers;
use super::{Selection, with_texts, with_units};
use stadtwin_model::{Attributes, RawFeature};

/// Calls `show` with the name and the JSON of each property, as GeoJSON has them before units and texts of codes are put
/// beside them.
pub fn raw_properties(raw: &RawFeature, show: &mut dyn FnMut(&str, &str)) -> serde_json::Result<()> {
    let mut json = Vec::new();
    serde_json::to_writer(&mut json, class_name(&raw.feature))?;
    // What `serde_json` writes is UTF-8.
    show("class", std::str::from_utf8(&json).unwrap_or_default());
    let attributes: RawMembers<'_> = serde_json::from_str(&raw.attributes)?;
    for (name, value) in &attributes.0 {
        match OWN_NAMES.contains(&name.as_ref()) {
            true => show(&format!("gen_{name}"), value.get()),
            false => show(name, value.get()),
        }
    }
    let mut outcome = Ok(());
    own_properties(&raw.feature, &mut |name, own| {
        json.clear();
        if outcome.is_ok() {
            outcome = own.write(&mut json);
            show(name, std::str::from_utf8(&json).unwrap_or_default());
        }
    });
    outcome
}

/// Gives the text of a code for the names of its list.
pub type TextOf<'a> = dyn Fn(&[String], &str) -> Option<String> + 'a;

/// Writes one feature after another; remembers what the attributes of most have in common.
pub struct RawWriter<'a> {
    selection: &'a Selection,
    text: &'a TextOf<'a>,
    /// The qualifiers met last and what they ask for; `None` when that is more than top-level values.
    last: Option<(Option<String>, Option<Beside>)>,
}

impl<'a> RawWriter<'a> {
    pub fn new(selection: &'a Selection, text: &'a TextOf<'a>) -> RawWriter<'a> {
        RawWriter { selection, text, last: None }
    }

    /// Appends `{"type":"Feature",…}`, with `members` behind the properties.
    pub fn write(
        &mut self,
        out: &mut Vec<u8>,
        raw: &RawFeature,
        members: &[(&str, Value)],
    ) -> serde_json::Result<()> {
        if self.last.as_ref().is_none_or(|(qualifiers, _)| *qualifiers != raw.qualifiers) {
            let qualifiers: Attributes = match &raw.qualifiers {
                Some(text) => serde_json::from_str(text)?,
                None => Attributes::new(),
            };
            self.last = Some((raw.qualifiers.clone(), beside(&qualifiers)));
        }
        let Some((_, Some(beside))) = &self.last else { return self.write_whole(out, raw, members) };
        out.extend_from_slice(b"{\"type\":\"Feature\",\"id\":");
        serde_json::to_writer(&mut *out, &raw.feature.id)?;
        out.extend_from_slice(b",\"geometry\":");
        if self.selection.skips_geometry {
            out.extend_from_slice(b"null");
        } else {
            write_outline(out, &raw.feature);
        }
        out.extend_from_slice(b",\"properties\":{");
        let mut properties = Properties { out, selection: self.selection, is_first: true };
        properties.add_text("class", class_name(&raw.feature))?;
        let attributes: RawMembers<'_> = serde_json::from_str(&raw.attributes)?;
        for (name, value) in &attributes.0 {
            self.add_attribute(&mut properties, &attributes, beside, name, value.get())?;
        }
        let mut outcome = Ok(());
        own_properties(&raw.feature, &mut |name, own| {
            if outcome.is_ok() && properties.begins(name) {
                outcome = own.write(properties.out);
            }
        });
        outcome?;
        out.push(b'}');
        for (name, value) in members {
            out.push(b',');
            serde_json::to_writer(&mut *out, name)?;
            out.push(b':');
            serde_json::to_writer(&mut *out, value)?;
        }
        out.push(b'}');
        Ok(())
    }

    /// An attribute, and what stands beside it.
    fn add_attribute(
        &self,
        properties: &mut Properties<'_>,
        all: &RawMembers<'_>,
        beside: &Beside,
        name: &str,
        value: &str,
    ) -> serde_json::Result<()> {
        let code = name.strip_suffix("_text").filter(|code| all.contains(code));
        let is_own = OWN_NAMES.contains(&code.unwrap_or(name));
        let shown = if is_own { format!("gen_{name}") } else { name.to_owned() };
        properties.add(&shown, value)?;
        if let Some(unit) = beside.unit(name).filter(|_| is_number(value)) {
            let unit_name = format!("{name}_uom");
            if !all.contains(&unit_name) {
                properties.add_text(&unit_name, unit)?;
            }
        }
        let Some(lists) = beside.lists(name) else { return Ok(()) };
        // Of the text beside it the code alone decides.
        let prefix = if OWN_NAMES.contains(&name) { "gen_" } else { "" };
        let shown = format!("{prefix}{name}_text");
        if !self.selection.shows(&shown) || all.contains(&format!("{name}_text")) {
            return Ok(());
        }
        let text = |code: &str| (self.text)(lists, code);
        match serde_json::from_str(value)? {
            Value::String(code) => match text(&code) {
                Some(text) => properties.add_text(&shown, &text),
                None => Ok(()),
            },
            Value::Array(codes) => {
                let texts: Vec<_> =
                    codes.iter().map(|code| text(code.as_str().unwrap_or_default())).collect();
                if texts.iter().all(Option::is_none) {
                    return Ok(());
                }
                properties.add(&shown, &serde_json::to_string(&texts)?)
            }
            _ => Ok(()),
        }
    }

    fn write_whole(
        &self,
        out: &mut Vec<u8>,
        raw: &RawFeature,
        members: &[(&str, Value)],
    ) -> serde_json::Result<()> {
        let mut feature = raw.clone().parsed()?;
        let attributes = with_units(feature.attributes, &feature.qualifiers);
        feature.attributes = with_texts(attributes, &feature.qualifiers, self.text);
        write_selected(out, &feature, self.selection, members)
    }
}

fn is_number(value: &str) -> bool {
    value.starts_with(|first: char| first == '-' || first.is_ascii_digit())
}

struct Properties<'a> {
    out: &'a mut Vec<u8>,
    selection: &'a Selection,
    is_first: bool,
}

impl Properties<'_> {
    /// Writes the name of a property that is shown; its value follows.
    fn begins(&mut self, name: &str) -> bool {
        if !self.selection.shows(name) {
            return false;
        }
        if !std::mem::take(&mut self.is_first) {
            self.out.push(b',');
        }
        // A text into a vector: nothing can fail.
        let _ = serde_json::to_writer(&mut *self.out, name);
        self.out.push(b':');
        true
    }

    fn add(&mut self, name: &str, json: &str) -> serde_json::Result<()> {
        if self.begins(name) {
            self.out.extend_from_slice(json.as_bytes());
        }
        Ok(())
    }

    fn add_text(&mut self, name: &str, text: &str) -> serde_json::Result<()> {
        match self.begins(name) {
            true => serde_json::to_writer(&mut *self.out, text),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
