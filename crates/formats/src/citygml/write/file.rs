//! A whole file: head, members, tail.

use super::super::names;
use super::super::schema::Version;
use super::pen::{Pen, push_envelope};
use super::xml::Xml;
use crate::Losses;
use stadtwin_model::{CityObject, Envelope};
use std::collections::HashSet;
use std::io::{self, Write};

/// Everything behind the last member.
const TAIL: &[u8] = b"\n</core:CityModel>\n";

/// How a file is written.
#[derive(Debug, Clone, PartialEq)]
pub struct WriteOptions {
    pub version: Version,
    /// gml:name of the file.
    pub name: Option<String>,
    /// CRS of all coordinates, as the file says it.
    pub srs_name: Option<String>,
    /// Extent of the whole in that CRS; where it is not known, each member has its own.
    pub extent: Option<Envelope>,
}

impl WriteOptions {
    pub fn new(version: Version) -> WriteOptions {
        WriteOptions { version, name: None, srs_name: None, extent: None }
    }

    /// Everything before the first member.
    fn head(&self) -> Vec<u8> {
        let mut xml = Xml::default();
        xml.push("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        xml.open("core:CityModel");
        for prefix in names::prefixes() {
            if let Some(uri) = names::uri_of(prefix, self.version) {
                xml.attribute(&format!("xmlns:{prefix}"), &uri);
            }
        }
        xml.close();
        if let Some(name) = &self.name {
            xml.out.push(b'\n');
            xml.leaf("gml:name", name);
        }
        if let Some((srs_name, extent)) = self.srs_name.as_deref().zip(self.extent.as_ref()) {
            xml.out.push(b'\n');
            push_envelope(&mut xml, srs_name, extent);
        }
        xml.out
    }
}

/// Ids of the prototypes that the file has so far.
#[derive(Debug, Default)]
struct Prototypes(HashSet<String>);

impl Prototypes {
    /// Those that the object is the first to show: its member writes them, later ones point there.
    fn fresh(&mut self, object: &CityObject) -> Vec<String> {
        let mut fresh = Vec::new();
        if object.implicit_geometries.is_empty() && object.children.is_empty() {
            return fresh;
        }
        for implicit in object.walk().into_iter().flat_map(|part| &part.implicit_geometries) {
            let id = &implicit.template.id;
            if implicit.template.geometry.is_some() && self.0.insert(id.clone()) {
                fresh.push(id.clone());
            }
        }
        fresh
    }
}

/// Holds one member at a time, and the ids of prototypes.
pub struct CityGmlWriter<W: Write> {
    out: W,
    options: WriteOptions,
    pen: Pen,
    prototypes: Prototypes,
    is_started: bool,
}

impl<W: Write> CityGmlWriter<W> {
    pub fn new(out: W, options: WriteOptions) -> CityGmlWriter<W> {
        // What the head says holds for all.
        let srs_name = options.srs_name.clone().filter(|_| options.extent.is_none());
        let pen = Pen::new(options.version, srs_name);
        CityGmlWriter { out, options, pen, prototypes: Prototypes::default(), is_started: false }
    }

    pub fn write(&mut self, object: &CityObject) -> io::Result<()> {
        self.start()?;
        self.pen.xml.out.clear();
        self.pen.member(object, self.prototypes.fresh(object));
        self.out.write_all(&self.pen.xml.out)
    }

    pub fn finish(mut self) -> io::Result<(W, Losses)> {
        self.start()?;
        self.out.write_all(TAIL)?;
        self.out.flush()?;
        Ok((self.out, self.pen.planner.losses))
    }

    fn start(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.is_started, true) {
            self.out.write_all(&self.options.head())?;
        }
        Ok(())
    }
}
