//! From tags to areas.

use crate::citygml::{decode_text, scan};

use super::{AreaKind, PlanArea, PlanHeight, XPlan, XPlanError};

/// Elements within each other.
const MAX_DEPTH: usize = 100;

/// Reads a plan; prefixes do not matter, and neither does what is no area.
pub fn read_xplan(bytes: &[u8]) -> Result<XPlan, XPlanError> {
    let mut reader = Reader::default();
    let mut open: Vec<(&[u8], usize)> = Vec::new();
    let mut at = 0;
    loop {
        let token = match scan::next_token(bytes, at) {
            Ok(token) => token,
            Err(end) if end >= bytes.len() => break,
            Err(start) => return Err(XPlanError::Malformed(start)),
        };
        let (_, local) = scan::split_name(token.name(bytes));
        if matches!(token.kind, scan::Kind::Start | scan::Kind::Empty) {
            if open.len() >= MAX_DEPTH {
                return Err(XPlanError::Deep(MAX_DEPTH));
            }
            open.push((local, token.end));
            reader.begin(local, open.len(), parent(&open), token.attributes(bytes));
        }
        if matches!(token.kind, scan::Kind::End | scan::Kind::Empty) {
            let end = if token.kind == scan::Kind::Empty { token.end } else { token.start };
            let last = open.last().filter(|(name, _)| *name == local);
            let (_, start) = *last.ok_or(XPlanError::Malformed(token.start))?;
            let content = bytes.get(start..end).unwrap_or_default();
            reader.end(local, open.len(), parent(&open), content)?;
            open.pop();
        }
        at = token.end;
    }
    if !open.is_empty() {
        return Err(XPlanError::Malformed(bytes.len()));
    }
    Ok(reader.done())
}

/// Of the innermost element.
fn parent<'a>(open: &[(&'a [u8], usize)]) -> &'a [u8] {
    open.len().checked_sub(2).and_then(|at| open.get(at)).map_or(b"", |(name, _)| name)
}

#[derive(Default)]
struct Reader {
    plan: XPlan,
    /// Of the first envelope.
    srs_name: Option<String>,
    area: Option<Area>,
}

/// Longest names of objects and coordinate systems [characters].
const LONGEST_NAME: usize = 300;

/// An area on its way.
struct Area {
    area: PlanArea,
    /// As messages name it.
    name: String,
    /// Of its element.
    depth: usize,
    /// Whether its shape is being read; shapes of labels are not.
    is_in_position: bool,
    ring: Option<Ring>,
    height: Option<Height>,
}

struct Ring {
    is_interior: bool,
    points: Vec<[f64; 2]>,
    /// Numbers of a point.
    dimension: usize,
}

#[derive(Default)]
struct Height {
    height: PlanHeight,
    exactly_m: Option<f64>,
    most_m: Option<f64>,
    plain_m: Option<f64>,
}

impl Reader {
    fn begin(&mut self, name: &[u8], depth: usize, parent: &[u8], attributes: &[u8]) {
        let kind = match name {
            b"BP_UeberbaubareGrundstuecksFlaeche" => Some(AreaKind::Field),
            b"BP_BaugebietsTeilFlaeche" => Some(AreaKind::Zone),
            _ => None,
        };
        let srs_name = attribute(attributes, b"srsName").map(short);
        match (&mut self.area, kind) {
            (None, Some(kind)) => {
                let id = attribute(attributes, b"id").map(short).unwrap_or_default();
                self.area = Some(Area::new(kind, id, depth));
            }
            (None, None) => {
                if name == b"Envelope" && self.srs_name.is_none() {
                    self.srs_name = srs_name;
                }
            }
            (Some(area), _) => area.begin(name, depth, parent, attributes, srs_name),
        }
    }

    fn end(&mut self, name: &[u8], depth: usize, parent: &[u8], content: &[u8]) -> Result<(), XPlanError> {
        match &mut self.area {
            None if parent == b"BP_Plan" && name == b"name" => {
                self.plan.name = Some(decode_text(content).trim().to_owned());
            }
            None if parent == b"BP_Plan" && name == b"bezugshoehe" => {
                self.plan.reference_m = Some(number("BP_Plan", name, content)?);
            }
            None => {}
            Some(area) if area.depth == depth => {
                let done = self.area.take().map(|area| area.area);
                self.plan.areas.extend(done);
            }
            Some(area) => area.end(name, depth, content)?,
        }
        Ok(())
    }

    fn done(self) -> XPlan {
        let mut plan = self.plan;
        for area in &mut plan.areas {
            if area.srs_name.is_none() {
                area.srs_name.clone_from(&self.srs_name);
            }
        }
        plan
    }
}

impl Area {
    fn new(kind: AreaKind, id: String, depth: usize) -> Area {
        let name = id.chars().take(80).collect();
        let area = PlanArea {
            id,
            kind,
            srs_name: None,
            polygons: Vec::new(),
            is_curved: false,
            storeys: None,
            heights: Vec::new(),
            grz: None,
            gfz: None,
            bmz: None,
            land_use: None,
        };
        Area { area, name, depth, is_in_position: false, ring: None, height: None }
    }

    fn begin(
        &mut self,
        name: &[u8],
        depth: usize,
        parent: &[u8],
        attributes: &[u8],
        srs_name: Option<String>,
    ) {
        if depth == self.depth + 1 && name == b"position" {
            self.is_in_position = true;
        }
        if name == b"XP_Hoehenangabe" {
            self.height = Some(Height::default());
        }
        if !self.is_in_position {
            return;
        }
        if self.area.srs_name.is_none() {
            self.area.srs_name = srs_name;
        }
        match name {
            b"Polygon" | b"PolygonPatch" => self.area.polygons.push(Vec::new()),
            b"LinearRing" | b"Ring" => {
                let is_interior = parent == b"interior";
                self.ring = Some(Ring { is_interior, points: Vec::new(), dimension: 2 });
            }
            b"Arc" | b"ArcString" | b"ArcByCenterPoint" | b"Circle" | b"CircleByCenterPoint" => {
                self.area.is_curved = true;
            }
            _ => {}
        }
        let dimension: Option<u8> = attribute(attributes, b"srsDimension").and_then(|text| text.parse().ok());
        if let (Some(ring), Some(dimension)) = (&mut self.ring, dimension) {
            ring.dimension = if dimension == 3 { 3 } else { 2 };
        }
    }

    fn end(&mut self, name: &[u8], depth: usize, content: &[u8]) -> Result<(), XPlanError> {
        let id = self.name.as_str();
        let read = || number(id, name, content);
        let whole = || read().map(|value| value.clamp(0.0, f64::from(u32::MAX)) as u32);
        if let Some(height) = &mut self.height {
            match name {
                b"hoehenbezug" => height.height.datum = Some(whole()?),
                b"bezugspunkt" => height.height.point = Some(whole()?),
                b"hZwingend" => height.exactly_m = Some(read()?),
                b"hMax" => height.most_m = Some(read()?),
                b"h" => height.plain_m = Some(read()?),
                b"XP_Hoehenangabe" => {
                    let value = height.exactly_m.or(height.most_m).or(height.plain_m);
                    let height = height.height;
                    self.area.heights.extend(value.map(|value_m| PlanHeight { value_m, ..height }));
                    self.height = None;
                }
                _ => {}
            }
            return Ok(());
        }
        if depth == self.depth + 1 {
            let area = &mut self.area;
            match name {
                b"position" => self.is_in_position = false,
                // What is exactly so stands above what is so at most.
                b"Zzwingend" => area.storeys = Some(whole()?),
                b"Z" | b"Zmax" => area.storeys = area.storeys.or(Some(whole()?)),
                b"GRZ" | b"GRZmax" => area.grz = Some(read()?),
                b"GFZ" | b"GFZmax" => area.gfz = Some(read()?),
                b"BMZ" | b"BMZmax" => area.bmz = Some(read()?),
                b"besondereArtDerBaulNutzung" => area.land_use = Some(whole()?),
                _ => {}
            }
            return Ok(());
        }
        let Some(ring) = &mut self.ring else { return Ok(()) };
        match name {
            b"posList" | b"pos" => ring.extend(id, name, content)?,
            b"LinearRing" | b"Ring" => {
                let ring = self.ring.take().map(Ring::done).unwrap_or_default();
                self.add(ring.0, ring.1);
            }
            _ => {}
        }
        Ok(())
    }

    fn add(&mut self, ring: Vec<[f64; 2]>, is_interior: bool) {
        let Some(polygon) = self.area.polygons.last_mut() else { return };
        match (is_interior, polygon.is_empty()) {
            // The exterior is the first.
            (false, _) => {
                polygon.push(ring);
                let last = polygon.len() - 1;
                polygon.swap(0, last);
            }
            (true, false) => polygon.push(ring),
            (true, true) => {}
        }
    }
}

impl Ring {
    fn extend(&mut self, id: &str, name: &[u8], content: &[u8]) -> Result<(), XPlanError> {
        let text = decode_text(content);
        let numbers: Vec<f64> = text
            .split_whitespace()
            .map(|word| number(id, name, word.as_bytes()))
            .collect::<Result<_, XPlanError>>()?;
        for point in numbers.chunks_exact(self.dimension) {
            let point = [point[0], point[1]];
            // Where one segment ends the next begins.
            if self.points.last() != Some(&point) {
                self.points.push(point);
            }
        }
        Ok(())
    }

    /// Without the point that closes it; whether it is a hole.
    fn done(mut self) -> (Vec<[f64; 2]>, bool) {
        if self.points.len() > 1 && self.points.first() == self.points.last() {
            self.points.pop();
        }
        (self.points, self.is_interior)
    }
}

/// Names are copied more than once: no longer than any that is of use.
fn short(text: String) -> String {
    text.chars().take(LONGEST_NAME).collect()
}

/// Of gml:id too: prefixes do not matter.
fn attribute(raw: &[u8], wanted: &[u8]) -> Option<String> {
    let is_wanted = |name: &[u8]| scan::split_name(name).1 == wanted;
    scan::attributes(raw).find(|(name, _)| is_wanted(name)).map(|(_, value)| decode_text(value).into_owned())
}

fn number(id: &str, name: &[u8], content: &[u8]) -> Result<f64, XPlanError> {
    let text = decode_text(content);
    let found = text.trim();
    found.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(|| XPlanError::Number {
        id: id.to_owned(),
        what: String::from_utf8_lossy(name).into_owned(),
        found: found.chars().take(40).collect(),
    })
}
