//! CityJSONSeq: a first line about all, then a feature a line.

use super::geometry::{allowed, push_geometry};
use super::object::Pen;
use super::tables::{Corners, Looks, Table, push_exact, push_json, push_list, push_whole};
use super::top::WriteOptions;
use crate::Losses;
use stadtwin_model::CityObject;
use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

/// Holds one object at a time.
pub struct SequenceWriter<'a, W: Write> {
    out: W,
    pen: Pen<'a>,
    started: bool,
}

impl<'a, W: Write> SequenceWriter<'a, W> {
    pub fn new(out: W, options: &'a WriteOptions) -> SequenceWriter<'a, W> {
        let pen = Pen {
            out: Vec::new(),
            options,
            corners: Corners::Whole(options.transform_for(None), Table::default()),
            looks: Looks::default(),
            templates: HashMap::new(),
            losses: Losses::default(),
        };
        SequenceWriter { out, pen, started: false }
    }

    pub fn write(&mut self, object: &CityObject) -> io::Result<()> {
        if !self.started {
            self.start(Some(object))?;
        }
        let pen = &mut self.pen;
        pen.out.clear();
        pen.out.extend_from_slice(br#"{"type":"CityJSONFeature","id":"#);
        push_json(&mut pen.out, &object.id);
        pen.out.extend_from_slice(br#","CityObjects":{"#);
        let (mut taken, mut renamed) = (HashSet::new(), 0);
        pen.push_objects(object, &mut |id| unique(id, &mut renamed, &mut |id| taken.insert(id.to_owned())));
        pen.out.extend_from_slice(br#"},"vertices":"#);
        if let Corners::Whole(_, table) = &mut pen.corners {
            push_list(&mut pen.out, &table.rows, push_whole);
            table.clear();
        }
        push_appearance(&mut pen.out, &pen.looks);
        pen.looks.clear();
        pen.out.extend_from_slice(b"}\n");
        self.out.write_all(&pen.out)
    }

    pub fn finish(mut self) -> io::Result<(W, Losses)> {
        if !self.started {
            self.start(None)?;
        }
        self.out.flush()?;
        Ok((self.out, self.pen.losses))
    }

    fn start(&mut self, first: Option<&CityObject>) -> io::Result<()> {
        self.started = true;
        let pen = &mut self.pen;
        let transform = pen.options.transform_for(first);
        let mut line = b"{".to_vec();
        pen.options.push_top(&mut line, &transform);
        line.extend_from_slice(br#","CityObjects":{},"vertices":[]"#);
        self.push_templates(&mut line);
        line.extend_from_slice(b"}\n");
        self.pen.corners = Corners::Whole(transform, Table::default());
        self.out.write_all(&line)
    }

    /// Templates and what they look like.
    fn push_templates(&mut self, line: &mut Vec<u8>) {
        let pen = &mut self.pen;
        let (mut corners, mut looks) = (Corners::Exact(Table::default()), Looks::default());
        let mut rows = Vec::new();
        for template in &pen.options.templates {
            let Some(geometry) = &template.geometry else { continue };
            let (mut row, all) = (Vec::new(), allowed("GenericCityObject"));
            let extensions = pen.options.has_extensions();
            if push_geometry(&mut row, geometry, all, extensions, &mut corners, &mut looks, &mut pen.losses) {
                pen.templates.entry(template.id.clone()).or_insert(rows.len() as u32);
                rows.push(row);
            }
        }
        if rows.is_empty() {
            return;
        }
        line.extend_from_slice(br#","geometry-templates":{"templates":"#);
        push_list(line, &rows, |out, row| out.extend_from_slice(row));
        line.extend_from_slice(br#","vertices-templates":"#);
        if let Corners::Exact(table) = &corners {
            push_list(line, &table.rows, |out, row| push_exact(out, row));
        }
        line.push(b'}');
        push_appearance(line, &looks);
    }
}

fn push_appearance(out: &mut Vec<u8>, looks: &Looks) {
    if looks.is_empty() {
        return;
    }
    let mut open = br#","appearance":{"#.as_slice();
    for (name, rows) in [("materials", &looks.materials.rows), ("textures", &looks.textures.rows)] {
        if !rows.is_empty() {
            out.extend_from_slice(open);
            push_json(out, name);
            out.push(b':');
            push_list(out, rows, |out, row| out.extend_from_slice(row.as_bytes()));
            open = b",";
        }
    }
    if !looks.coordinates.rows.is_empty() {
        out.extend_from_slice(open);
        out.extend_from_slice(br#""vertices-texture":"#);
        push_list(out, &looks.coordinates.rows, |out, row| push_exact(out, row));
    }
    out.push(b'}');
}

/// The id, with a number behind where it is taken already; `take` says whether it was free.
pub fn unique(id: &str, renamed: &mut u64, take: &mut dyn FnMut(&str) -> bool) -> String {
    let mut candidate = id.to_owned();
    while !take(&candidate) {
        *renamed += 1;
        candidate = format!("{id}-{}", *renamed + 1);
    }
    candidate
}
