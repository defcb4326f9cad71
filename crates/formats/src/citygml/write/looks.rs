//! Appearances of a member: each material and texture once, with all the polygons that wear it.

use super::super::schema::Version;
use super::pen::Pen;
use super::plan::Plan;
use serde_json::Value;
use stadtwin_model::{Appearance, Geometry, GeometryKind, Material, NO_LOOK, Projection, Texture};
use std::ops::Range;

#[derive(Clone, Copy, PartialEq)]
enum Surface<'a> {
    Material(&'a Material),
    Texture(&'a Texture),
}

/// A face that wears a look, or a whole sheet of them.
struct Target<'a> {
    geometry: &'a Geometry,
    faces: Range<u32>,
    /// Number of the (first) polygon in the member.
    number: u32,
    appearance: &'a Appearance,
}

struct Look<'a> {
    theme: &'a str,
    is_back: bool,
    surface: Surface<'a>,
    targets: Vec<Target<'a>>,
}

/// All looks of a member, those of a theme together.
#[derive(Default)]
pub struct Wardrobe<'a>(Vec<Look<'a>>);

impl<'a> Wardrobe<'a> {
    pub fn of(plan: &Plan<'a>) -> Wardrobe<'a> {
        let mut wardrobe = Wardrobe::default();
        wardrobe.add(plan);
        wardrobe.0.sort_by_key(|look| look.theme);
        wardrobe
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn add(&mut self, plan: &Plan<'a>) {
        for (geometry, shape) in plan.object.geometries.iter().zip(&plan.shapes) {
            for appearance in &geometry.appearances {
                let materials: Vec<_> = appearance.materials.iter().map(Surface::Material).collect();
                let textures: Vec<_> = appearance.textures.iter().map(Surface::Texture).collect();
                for (looks, faces) in
                    [(materials, &appearance.face_materials), (textures, &appearance.face_textures)]
                {
                    self.add_looks(geometry, shape.first_face, appearance, &looks, faces);
                }
            }
        }
        plan.children.iter().for_each(|child| self.add(&child.plan));
    }

    fn add_looks(
        &mut self,
        geometry: &'a Geometry,
        first_face: u32,
        appearance: &'a Appearance,
        looks: &[Surface<'a>],
        faces: &[u32],
    ) {
        let places: Vec<usize> = looks.iter().map(|surface| self.place(appearance, *surface)).collect();
        // A sheet is one target.
        let (faces, length) = match is_sheet(geometry) {
            true => (faces.get(..1).unwrap_or_default(), faces.len() as u32),
            false => (faces, 1),
        };
        for (face, look) in faces.iter().enumerate().filter(|(_, look)| **look != NO_LOOK) {
            let place = places.get(*look as usize).and_then(|place| self.0.get_mut(*place));
            let face = face as u32;
            if let Some(look) = place {
                let faces = face..face + length;
                look.targets.push(Target { geometry, faces, number: first_face + face, appearance });
            }
        }
    }

    fn place(&mut self, appearance: &'a Appearance, surface: Surface<'a>) -> usize {
        let (theme, is_back) = (appearance.theme.as_str(), appearance.is_back);
        let same = |look: &Look| look.theme == theme && look.is_back == is_back && look.surface == surface;
        self.0.iter().position(same).unwrap_or_else(|| {
            self.0.push(Look { theme, is_back, surface, targets: Vec::new() });
            self.0.len() - 1
        })
    }
}

impl Pen {
    pub fn appearances(&mut self, wardrobe: &Wardrobe) {
        let (property, member) = match self.version() {
            Version::V3 => ("core:appearance", "app:surfaceData"),
            Version::V1 | Version::V2 => ("app:appearance", "app:surfaceDataMember"),
        };
        for looks in wardrobe.0.chunk_by(|a, b| a.theme == b.theme) {
            self.xml.start(property);
            self.start_gml("app:Appearance");
            let theme = looks.first().map_or("", |look| look.theme);
            if !theme.is_empty() {
                self.xml.leaf("app:theme", theme);
            }
            for look in looks {
                self.xml.start(member);
                match look.surface {
                    Surface::Material(material) => self.material(look, material),
                    Surface::Texture(texture) => self.texture(look, texture),
                }
                self.xml.end(member);
                self.xml.out.push(b'\n');
            }
            self.xml.end("app:Appearance");
            self.xml.end(property);
        }
    }

    fn start_look(&mut self, element: &str, look: &Look, id: &str) {
        self.ordered_id = self.look_id(id);
        self.start_gml(element);
        if look.is_back {
            self.xml.leaf("app:isFront", "false");
        }
    }

    fn material(&mut self, look: &Look, material: &Material) {
        self.start_look("app:X3DMaterial", look, &material.name);
        let mut one = |name: &str, values: Option<&[f64]>| {
            if let Some(values) = values {
                self.xml.start(name);
                self.xml.numbers(values);
                self.xml.end(name);
            }
        };
        one("app:ambientIntensity", material.ambient_intensity.as_ref().map(std::slice::from_ref));
        one("app:diffuseColor", material.diffuse_color.as_ref().map(<[f64; 3]>::as_slice));
        one("app:emissiveColor", material.emissive_color.as_ref().map(<[f64; 3]>::as_slice));
        one("app:specularColor", material.specular_color.as_ref().map(<[f64; 3]>::as_slice));
        one("app:shininess", material.shininess.as_ref().map(std::slice::from_ref));
        one("app:transparency", material.transparency.as_ref().map(std::slice::from_ref));
        if let Some(is_smooth) = material.is_smooth {
            self.xml.start("app:isSmooth");
            self.value(&Value::Bool(is_smooth));
            self.xml.end("app:isSmooth");
        }
        self.plain_targets(look);
        self.xml.end("app:X3DMaterial");
    }

    fn plain_targets(&mut self, look: &Look) {
        for target in &look.targets {
            self.xml.push("<app:target>#");
            self.face_id(target.number);
            self.xml.push("</app:target>");
        }
    }

    fn texture(&mut self, look: &Look, texture: &Texture) {
        let element = match texture.projection {
            Projection::Georeferenced { .. } => "app:GeoreferencedTexture",
            _ => "app:ParameterizedTexture",
        };
        self.start_look(element, look, &texture.name);
        self.xml.leaf("app:imageURI", &texture.image);
        self.optional("app:mimeType", texture.mime_type.as_deref());
        self.optional("app:textureType", texture.texture_type.as_deref());
        self.optional("app:wrapMode", texture.wrap_mode.as_deref());
        if let Some(color) = &texture.border_color {
            self.xml.start("app:borderColor");
            self.xml.numbers(color);
            self.xml.end("app:borderColor");
        }
        match &texture.projection {
            Projection::Georeferenced { prefer_world_file, reference_point, orientation } => {
                self.georeference(*prefer_world_file, reference_point.as_ref(), orientation.as_ref());
                self.plain_targets(look);
            }
            Projection::WorldToTexture(matrix) => {
                look.targets.iter().for_each(|target| self.target(target, Some(matrix)));
            }
            Projection::Coordinates => look.targets.iter().for_each(|target| self.target(target, None)),
        }
        self.xml.end(element);
    }

    fn georeference(&mut self, prefer: bool, point: Option<&[f64; 2]>, orientation: Option<&[f64; 4]>) {
        self.xml.start("app:preferWorldFile");
        self.value(&Value::Bool(prefer));
        self.xml.end("app:preferWorldFile");
        if let Some(point) = point {
            self.xml.start("app:referencePoint");
            self.start_gml("gml:Point");
            self.xml.start("gml:pos");
            self.xml.numbers(point);
            self.xml.push("</gml:pos></gml:Point>");
            self.xml.end("app:referencePoint");
        }
        if let Some(orientation) = orientation {
            self.xml.start("app:orientation");
            self.xml.numbers(orientation);
            self.xml.end("app:orientation");
        }
    }

    /// A polygon with the coordinates of its rings, or the matrix that gives them.
    fn target(&mut self, target: &Target, matrix: Option<&[f64; 12]>) {
        let is_new = self.version() == Version::V3;
        if is_new {
            self.xml.start("app:textureParameterization");
            self.start_gml("app:TextureAssociation");
            self.xml.push("<app:target>#");
            self.face_id(target.number);
            self.xml.push("</app:target><app:textureParameterization>");
        } else {
            self.xml.push("<app:target uri=\"#");
            self.face_id(target.number);
            self.xml.push("\">");
        }
        match matrix {
            Some(matrix) => {
                self.xml.start("app:TexCoordGen");
                self.xml.start("app:worldToTexture");
                self.xml.numbers(matrix);
                self.xml.push("</app:worldToTexture></app:TexCoordGen>");
            }
            None => self.coordinates(target),
        }
        self.xml.push(match is_new {
            true => "</app:textureParameterization></app:TextureAssociation></app:textureParameterization>",
            false => "</app:target>",
        });
    }

    fn coordinates(&mut self, target: &Target) {
        let rings = rings(target);
        if rings.is_empty() {
            return;
        }
        let is_new = self.version() == Version::V3;
        self.xml.start("app:TexCoordList");
        for (number, ring, pairs, is_whole) in &rings {
            self.xml.open("app:textureCoordinates");
            if !is_new {
                self.xml.push(" ring=\"#");
                self.ring_id(*number, *ring);
                self.xml.push("\"");
            }
            self.xml.close();
            // Closed as the ring is.
            let closing = pairs.first().filter(|_| *is_whole);
            self.xml.numbers(pairs.iter().chain(closing).flatten());
            self.xml.end("app:textureCoordinates");
        }
        for (number, ring, ..) in rings.iter().filter(|_| is_new) {
            self.xml.push("<app:ring>#");
            self.ring_id(*number, *ring);
            self.xml.push("</app:ring>");
        }
        self.xml.end("app:TexCoordList");
    }
}

/// Whether all faces are patches of one surface, which have no ids of their own, and each wears what the others wear: then
/// looks are meant for the surface.
pub fn is_sheet(geometry: &Geometry) -> bool {
    let is_same = |looks: &[u32]| {
        looks.is_empty()
            || (looks.len() == geometry.faces.len() && looks.windows(2).all(|two| two.first() == two.last()))
    };
    geometry.kind == GeometryKind::Tin
        && geometry.surfaces.is_empty()
        && geometry
            .appearances
            .iter()
            .all(|worn| is_same(&worn.face_materials) && is_same(&worn.face_textures))
}

/// Of the rings that have coordinates: numbers of polygon and ring, the coordinates, and whether they are all there.
fn rings<'a>(target: &Target<'a>) -> Vec<(u32, usize, &'a [[f64; 2]], bool)> {
    let geometry = target.geometry;
    let faces = target.faces.clone().zip(target.number..);
    let all = faces.filter_map(|(face, number)| Some((geometry.faces.get(face as usize)?, number)));
    let all = all.flat_map(|(face, number)| {
        let rings = face.first_ring..face.first_ring.saturating_add(face.ring_count);
        rings.enumerate().map(move |(index, ring)| (number, index, ring))
    });
    all.filter_map(|(face, number, ring)| {
        let end = *geometry.ring_ends.get(ring as usize)? as usize;
        let start = end.checked_sub(geometry.ring(ring).len())?;
        let pairs = target.appearance.texture_coordinates.get(start..end)?;
        let there = pairs.iter().take_while(|pair| pair.iter().all(|value| value.is_finite())).count();
        Some((face, number, pairs.get(..there)?, there == pairs.len())).filter(|_| there > 0)
    })
    .collect()
}
