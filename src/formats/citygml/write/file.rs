//! A whole file: head, members, tail; members may be encoded on several threads.

use super::super::names;
use super::super::schema::{Schema, Version};
use super::pen::{Pen, push_envelope};
use super::xml::Xml;
use crate::formats::Losses;
use crate::model::{CityObject, Envelope};
use std::collections::HashSet;
use std::io::{self, Write};

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
    pub fn head(&self) -> Vec<u8> {
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

    /// Everything behind the last member.
    pub fn tail(&self) -> &'static [u8] {
        b"\n</core:CityModel>\n"
    }
}

/// Ids of the prototypes that the file has so far.
#[derive(Debug, Default)]
pub struct Prototypes(HashSet<String>);

impl Prototypes {
    /// Those that the object is the first to show: its member writes them, later ones point there.
    pub fn fresh(&mut self, object: &CityObject) -> Vec<String> {
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

/// Members as bytes; one for each thread.
pub struct Encoder {
    pen: Pen,
}

impl Encoder {
    pub fn new(options: &WriteOptions) -> Encoder {
        // What the head says holds for all.
        let srs_name = options.srs_name.clone().filter(|_| options.extent.is_none());
        Encoder { pen: Pen::new(options.version, srs_name) }
    }

    /// Adds the object's member.
    pub fn encode(&mut self, object: &CityObject, fresh: Vec<String>) {
        self.pen.member(object, fresh);
    }

    /// What was encoded since the last call.
    pub fn bytes(&self) -> &[u8] {
        &self.pen.xml.out
    }

    pub fn clear(&mut self) {
        self.pen.xml.out.clear();
    }

    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.pen.xml.out)
    }

    pub fn losses(&self) -> &Losses {
        &self.pen.planner.losses
    }
}

/// Holds one member at a time, and the ids of prototypes.
pub struct CityGmlWriter<W: Write> {
    out: W,
    options: WriteOptions,
    encoder: Encoder,
    prototypes: Prototypes,
    is_started: bool,
}

impl<W: Write> CityGmlWriter<W> {
    pub fn new(out: W, options: WriteOptions) -> CityGmlWriter<W> {
        // The table is read once.
        let _ = Schema::of(options.version);
        let encoder = Encoder::new(&options);
        CityGmlWriter { out, options, encoder, prototypes: Prototypes::default(), is_started: false }
    }

    pub fn write(&mut self, object: &CityObject) -> io::Result<()> {
        self.start()?;
        self.encoder.clear();
        self.encoder.encode(object, self.prototypes.fresh(object));
        self.out.write_all(self.encoder.bytes())
    }

    pub fn finish(mut self) -> io::Result<(W, Losses)> {
        self.start()?;
        self.out.write_all(self.options.tail())?;
        self.out.flush()?;
        Ok((self.out, self.encoder.pen.planner.losses))
    }

    fn start(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.is_started, true) {
            self.out.write_all(&self.options.head())?;
        }
        Ok(())
    }
}
