//! One CityJSON document, streamed: what objects point at waits in files until they are through.

use super::geometry::{allowed, push_geometry};
use super::object::Pen;
use super::sequence::unique;
use super::tables::{Corners, Looks, Spool, Table, push_exact, push_whole};
use super::top::WriteOptions;
use crate::Losses;
use stadtwin_model::{CityObject, Geometry};
use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

/// Holds one object at a time, the ids of all (16 bytes each), and looks that repeat.
pub struct DocumentWriter<'a, W: Write> {
    out: W,
    pen: Pen<'a>,
    started: bool,
    object_count: u64,
    taken: HashSet<[u8; 16]>,
    renamed: u64,
    vertices: Spool,
    materials: Spool,
    textures: Spool,
    coordinates: Spool,
    templates: Spool,
    template_corners: Corners,
}

impl<'a, W: Write> DocumentWriter<'a, W> {
    pub fn new(out: W, options: &'a WriteOptions) -> DocumentWriter<'a, W> {
        let pen = Pen {
            out: Vec::new(),
            options,
            corners: Corners::Whole(options.transform_for(None), Table::default()),
            looks: Looks::default(),
            templates: HashMap::new(),
            losses: Losses::default(),
        };
        DocumentWriter {
            out,
            pen,
            started: false,
            object_count: 0,
            taken: HashSet::new(),
            renamed: 0,
            vertices: Spool::default(),
            materials: Spool::default(),
            textures: Spool::default(),
            coordinates: Spool::default(),
            templates: Spool::default(),
            template_corners: Corners::Exact(Table::default()),
        }
    }

    pub fn write(&mut self, object: &CityObject) -> io::Result<()> {
        if !self.started {
            self.start(Some(object))?;
        }
        self.add_templates(object)?;
        self.pen.out.clear();
        if self.object_count > 0 {
            self.pen.out.push(b',');
        }
        self.object_count += 1;
        let (taken, renamed) = (&mut self.taken, &mut self.renamed);
        self.pen.push_objects(object, &mut |id| unique(id, renamed, &mut |id| taken.insert(short_hash(id))));
        self.out.write_all(&self.pen.out)?;
        self.spool_rows()
    }

    pub fn finish(mut self) -> io::Result<(W, Losses)> {
        if !self.started {
            self.start(None)?;
        }
        self.out.write_all(br#"},"vertices":"#)?;
        self.vertices.copy_to(&mut self.out)?;
        let appearance = [
            ("materials", self.materials),
            ("textures", self.textures),
            ("vertices-texture", self.coordinates),
        ];
        let mut open = r#","appearance":{"#;
        for (name, spool) in appearance.into_iter().filter(|(_, spool)| !spool.is_empty()) {
            write!(self.out, r#"{open}"{name}":"#)?;
            spool.copy_to(&mut self.out)?;
            open = ",";
        }
        if open == "," {
            self.out.write_all(b"}")?;
        }
        if !self.templates.is_empty() {
            self.out.write_all(br#","geometry-templates":{"templates":"#)?;
            self.templates.copy_to(&mut self.out)?;
            self.out.write_all(br#","vertices-templates":"#)?;
            let mut rows = Vec::new();
            if let Corners::Exact(table) = &self.template_corners {
                super::tables::push_list(&mut rows, &table.rows, |out, row| push_exact(out, row));
            }
            self.out.write_all(&rows)?;
            self.out.write_all(b"}")?;
        }
        self.out.write_all(b"}\n")?;
        self.out.flush()?;
        Ok((self.out, self.pen.losses))
    }

    fn start(&mut self, first: Option<&CityObject>) -> io::Result<()> {
        self.started = true;
        let transform = self.pen.options.transform_for(first);
        let mut top = b"{".to_vec();
        self.pen.options.push_top(&mut top, &transform);
        top.extend_from_slice(br#","CityObjects":{"#);
        self.pen.corners = Corners::Whole(transform, Table::default());
        self.out.write_all(&top)
    }

    /// Templates that no object before has shown.
    fn add_templates(&mut self, object: &CityObject) -> io::Result<()> {
        for implicit in object.walk().into_iter().flat_map(|part| &part.implicit_geometries) {
            let template = &implicit.template;
            let Some(geometry) =
                template.geometry.as_ref().filter(|_| !self.pen.templates.contains_key(&template.id))
            else {
                continue;
            };
            // Prototypes have no LoD of their own in every format: the instance says it.
            let geometry = &Geometry { lod: implicit.lod, ..geometry.clone() };
            let (mut row, all) = (Vec::new(), allowed("GenericCityObject"));
            let pen = &mut self.pen;
            let extensions = pen.options.has_extensions();
            let corners = &mut self.template_corners;
            if push_geometry(&mut row, geometry, all, extensions, corners, &mut pen.looks, &mut pen.losses) {
                let index = pen.templates.len() as u32;
                pen.templates.insert(template.id.clone(), index);
                self.templates.push(&row)?;
            }
        }
        Ok(())
    }

    fn spool_rows(&mut self) -> io::Result<()> {
        let mut row = Vec::new();
        if let Corners::Whole(_, table) = &mut self.pen.corners {
            for vertex in &table.rows {
                row.clear();
                push_whole(&mut row, vertex);
                self.vertices.push(&row)?;
            }
            table.passed(false);
        }
        let looks = &mut self.pen.looks;
        for (table, spool) in
            [(&mut looks.materials, &mut self.materials), (&mut looks.textures, &mut self.textures)]
        {
            for text in &table.rows {
                spool.push(text.as_bytes())?;
            }
            table.passed(true);
        }
        for pair in &looks.coordinates.rows {
            row.clear();
            push_exact(&mut row, pair);
            self.coordinates.push(&row)?;
        }
        looks.coordinates.passed(false);
        Ok(())
    }
}

fn short_hash(text: &str) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..16]);
    short
}
