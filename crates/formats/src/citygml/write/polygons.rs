//! Polygons, triangles and their rings with the ids that others point at.

use super::super::schema::Version;
use super::geometry::Drawing;
use super::looks::is_sheet;
use super::pen::Pen;
use super::xml::push_integer;

impl Pen {
    /// Text of the id of a polygon, by its number in the member.
    pub fn face_id(&mut self, number: u32) {
        self.xml.escaped(&self.top_id);
        self.xml.push("_p");
        push_integer(&mut self.xml.out, u64::from(number));
    }

    /// Text of the id of a ring of a polygon, the exterior being ring 0.
    pub fn ring_id(&mut self, number: u32, ring: usize) {
        self.face_id(number);
        self.xml.push("_r");
        push_integer(&mut self.xml.out, ring as u64);
    }

    pub fn polygon(&mut self, drawing: Drawing, face: u32) {
        self.xml.open("gml:Polygon");
        let number = drawing.shape.first_face + face;
        if drawing.shape.has_ids || self.planner.pointed_at.contains(&number) {
            self.xml.push(" gml:id=\"");
            self.face_id(number);
            self.xml.push("\"");
        }
        self.xml.close();
        self.rings(drawing, face);
        self.xml.end("gml:Polygon");
    }

    fn rings(&mut self, drawing: Drawing, face: u32) {
        let Some(one) = drawing.geometry.faces.get(face as usize) else { return };
        let has_ids = self.version() == Version::V3 || !drawing.geometry.appearances.is_empty();
        for (index, ring) in drawing.geometry.face_rings(one).enumerate() {
            let boundary = if index == 0 { "gml:exterior" } else { "gml:interior" };
            self.xml.start(boundary);
            self.xml.open("gml:LinearRing");
            if has_ids {
                self.xml.push(" gml:id=\"");
                self.ring_id(drawing.shape.first_face + face, index);
                self.xml.push("\"");
            }
            self.xml.push("><gml:posList>");
            // Rings are open in the model and closed in GML.
            self.xml.numbers(ring.iter().chain(ring.first()).flatten());
            self.xml.push("</gml:posList></gml:LinearRing>");
            self.xml.end(boundary);
        }
    }

    /// Faces as patches of one triangulated surface.
    pub fn triangulated(&mut self, drawing: Drawing, faces: &[u32]) {
        let is_sheet = is_sheet(drawing.geometry);
        if is_sheet && !drawing.geometry.appearances.is_empty() && self.ordered_id.is_none() {
            self.ordered_id = Some(format!("{}_p{}", self.top_id, drawing.shape.first_face));
        }
        let patches = if self.version() == Version::V3 { "gml:patches" } else { "gml:trianglePatches" };
        self.start_gml("gml:TriangulatedSurface");
        self.xml.start(patches);
        for face in faces {
            let Some(one) = drawing.geometry.faces.get(*face as usize) else { continue };
            let is_triangle = one.ring_count == 1 && drawing.geometry.ring(one.first_ring).len() == 3;
            let name = if is_triangle { "gml:Triangle" } else { "gml:PolygonPatch" };
            self.xml.open(name);
            // Patches have no ids in the schema; appearances meant for some of them have nothing else to point at.
            if !is_sheet && !drawing.geometry.appearances.is_empty() {
                self.xml.push(" gml:id=\"");
                self.face_id(drawing.shape.first_face + *face);
                self.xml.push("\"");
            }
            self.xml.close();
            self.rings(drawing, *face);
            self.xml.end(name);
        }
        self.xml.end(patches);
        self.xml.end("gml:TriangulatedSurface");
    }
}
