//! Surfaces, points and faces of a LandXML stream, and what its head says of units and place.

use super::markup::Markup;
use crate::numbers::{number, numbers};
use crate::raster::{io_error, not_heights};
use crate::transcode::to_utf8;
use crate::{FormatError, Input};
use stadtwin_crs::{parse_srs_name, vertical_of_title};
use stadtwin_model::{Crs, VerticalCrs};
use std::collections::VecDeque;
use std::io::{BufReader, Read};

pub(super) enum Event {
    Surface,
    /// Number, `[east, north, up]`: heights in metres, the rest in the units of the system.
    Point(u64, [f64; 3]),
    /// Numbers of three points.
    Face([u64; 3]),
}

pub(super) struct Reader {
    markup: Markup<BufReader<Box<dyn Read + Send>>>,
    crs: Option<Crs>,
    /// Metres in a unit of height, and what coordinates are multiplied by.
    height_unit: f64,
    place_unit: f64,
    within_points: bool,
    within_faces: bool,
    id: Option<u64>,
    is_visible: bool,
    /// A face of four points is two.
    pending: VecDeque<Event>,
    /// Elements that are open.
    depth: u32,
    has_root: bool,
}

impl Reader {
    pub fn open(input: &Input) -> Result<Reader, FormatError> {
        let reader = input.open().map_err(io_error(&input.name))?;
        let (reader, _) = to_utf8(reader).map_err(io_error(&input.name))?;
        Ok(Reader {
            markup: Markup::new(BufReader::with_capacity(64 * 1024, reader), &input.name),
            crs: None,
            height_unit: 1.0,
            place_unit: 1.0,
            within_points: false,
            within_faces: false,
            id: None,
            is_visible: true,
            pending: VecDeque::new(),
            depth: 0,
            has_root: false,
        })
    }

    /// As far as it is read.
    pub fn crs(&self) -> Option<Crs> {
        self.crs
    }

    pub fn malformed(&self, reason: impl Into<String>) -> FormatError {
        self.markup.malformed(reason)
    }

    pub fn next(&mut self) -> Result<Option<Event>, FormatError> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Ok(Some(event));
            }
            if !self.markup.next()? {
                return if self.depth == 0 { Ok(None) } else { Err(self.malformed("the file ends early")) };
            }
            let (name, starts, ends) = self.markup.tag();
            let name: String = String::from_utf8_lossy(name).into_owned();
            if starts {
                self.depth = self.depth.saturating_add(1);
                self.start(&name)?;
            }
            if ends {
                self.end(&name)?;
                self.depth = self.depth.saturating_sub(1);
            }
        }
    }

    fn start(&mut self, name: &str) -> Result<(), FormatError> {
        if !self.has_root {
            self.has_root = true;
            return self.check_root(name);
        }
        match name {
            "Metric" | "Imperial" => self.units(name == "Metric"),
            "CoordinateSystem" => self.crs = self.crs.or_else(|| self.named_crs()),
            "Surface" => self.pending.push_back(Event::Surface),
            "Pnts" => self.within_points = true,
            "Faces" => self.within_faces = true,
            "P" if self.within_points => self.id = self.markup.attribute("id").and_then(|id| id.parse().ok()),
            "F" if self.within_faces => self.is_visible = self.markup.attribute("i") != Some("1"),
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &str) -> Result<(), FormatError> {
        match name {
            "Pnts" => self.within_points = false,
            "Faces" => self.within_faces = false,
            "P" if self.within_points => self.point()?,
            "F" if self.within_faces && self.is_visible => self.face()?,
            _ => {}
        }
        Ok(())
    }

    /// Version by attribute, else by namespace.
    fn check_root(&self, name: &str) -> Result<(), FormatError> {
        let refuse = |reason: String| Err(not_heights(&self.markup.name, reason));
        if name != "LandXML" {
            return refuse(format!("it is XML, but its root element is `{name}`, not LandXML"));
        }
        let spaces = self.markup.attribute("xmlns").and_then(|space| space.rsplit_once("LandXML-"));
        let version = self.markup.attribute("version").or(spaces.map(|(_, version)| version));
        match version {
            Some("1.0" | "1.1" | "1.2") => Ok(()),
            Some(other) => refuse(format!("it is LandXML {other}; 1.0 to 1.2 are read")),
            None => refuse("it is LandXML of no version; 1.0 to 1.2 are read".to_owned()),
        }
    }

    /// Coordinates in feet stay so, as systems in feet have them; those of metric units become metres.
    fn units(&mut self, is_metric: bool) {
        let metres = |unit: Option<&str>| match unit? {
            "millimeter" => Some(0.001),
            "centimeter" => Some(0.01),
            "kilometer" => Some(1000.0),
            "foot" | "feet" => Some(0.3048),
            "USSurveyFoot" => Some(1200.0 / 3937.0),
            "inch" => Some(0.0254),
            "mile" | "miles" => Some(1609.344),
            _ => Some(1.0),
        };
        let linear = metres(self.markup.attribute("linearUnit")).unwrap_or(1.0);
        self.height_unit = metres(self.markup.attribute("elevationUnit")).unwrap_or(linear);
        self.place_unit = if is_metric { linear } else { 1.0 };
    }

    fn named_crs(&self) -> Option<Crs> {
        let code: u32 = self.markup.attribute("epsgCode")?.trim_start_matches("EPSG:").parse().ok()?;
        let crs = parse_srs_name(&format!("EPSG:{code}")).ok()?;
        let named = ["verticalCoordinateSystemName", "verticalDatum"]
            .iter()
            .find_map(|name| vertical_of_title(self.markup.attribute(name)?));
        let vertical = if crs.vertical == VerticalCrs::Unknown { named } else { None };
        Some(Crs { vertical: vertical.unwrap_or(crs.vertical), ..crs })
    }

    /// North stands first.
    fn point(&mut self) -> Result<(), FormatError> {
        let mut values = Vec::with_capacity(3);
        let read = numbers(&self.markup.text, false, &mut values);
        let (Ok(()), &[north, east, up], Some(id)) = (read, values.as_slice(), self.id.take()) else {
            let text = String::from_utf8_lossy(self.markup.text.trim_ascii()).into_owned();
            return Err(
                self.malformed(format!("a point is `{text}`: it needs an id, northing, easting and height"))
            );
        };
        let point = [east * self.place_unit, north * self.place_unit, up * self.height_unit];
        self.pending.push_back(Event::Point(id, point));
        Ok(())
    }

    fn face(&mut self) -> Result<(), FormatError> {
        let words = self.markup.text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let ids: Option<Vec<u64>> = words.take(5).map(whole).collect();
        match ids.as_deref() {
            Some(&[a, b, c]) => self.pending.push_back(Event::Face([a, b, c])),
            Some(&[a, b, c, d]) => self.pending.extend([Event::Face([a, b, c]), Event::Face([a, c, d])]),
            _ => {
                let text = String::from_utf8_lossy(self.markup.text.trim_ascii()).into_owned();
                return Err(
                    self.malformed(format!("a face is `{text}`: it needs the numbers of three points"))
                );
            }
        }
        Ok(())
    }
}

fn whole(word: &[u8]) -> Option<u64> {
    let value = number(word)?;
    (value >= 0.0 && value.fract() == 0.0 && value < 1e15).then_some(value as u64)
}
