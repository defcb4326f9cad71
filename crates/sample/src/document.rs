//! The frame of a CityGML 2.0 document and its compressed file.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use flate2::{Compression, GzBuilder};

use super::xml::Xml;

const ROOT: &str = "core:CityModel xmlns:core=\"http://www.opengis.net/citygml/2.0\" \
xmlns:bldg=\"http://www.opengis.net/citygml/building/2.0\" \
xmlns:gen=\"http://www.opengis.net/citygml/generics/2.0\" \
xmlns:luse=\"http://www.opengis.net/citygml/landuse/2.0\" \
xmlns:tran=\"http://www.opengis.net/citygml/transportation/2.0\" \
xmlns:veg=\"http://www.opengis.net/citygml/vegetation/2.0\" \
xmlns:wtr=\"http://www.opengis.net/citygml/waterbody/2.0\" \
xmlns:gml=\"http://www.opengis.net/gml\" \
xmlns:xAL=\"urn:oasis:names:tc:ciq:xsdschema:xAL:2.0\" \
xmlns:xlink=\"http://www.w3.org/1999/xlink\"";

/// Declaration, root and envelope; corners in metres, srsName in the survey's spelling.
pub fn open(xml: &mut Xml, name: &str, low: [f64; 3], high: [f64; 3]) {
    xml.line(format_args!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"));
    xml.open(ROOT);
    xml.leaf("gml:name", name);
    xml.open("gml:boundedBy");
    xml.open("gml:Envelope srsName=\"urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH\" srsDimension=\"3\"");
    xml.line(format_args!("<gml:lowerCorner>{:.3} {:.3} {:.3}</gml:lowerCorner>", low[0], low[1], low[2]));
    xml.line(format_args!("<gml:upperCorner>{:.3} {:.3} {:.3}</gml:upperCorner>", high[0], high[1], high[2]));
    xml.close_all(&["gml:boundedBy", "gml:Envelope"]);
}

/// The end of the root.
pub fn close(xml: &mut Xml) {
    xml.close("core:CityModel");
}

/// Writes gzip without a time stamp, so that the same text gives the same file; gives its size in bytes.
pub fn save_gzip(path: &Path, text: &str) -> io::Result<u64> {
    let mut packed = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    packed.write_all(text.as_bytes())?;
    let bytes = packed.finish()?;
    fs::write(path, &bytes)?;
    Ok(bytes.len() as u64)
}
