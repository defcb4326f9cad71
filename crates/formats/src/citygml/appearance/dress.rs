//! Looks onto the flat arrays of a geometry.

use super::super::gather::FaceRef;
use super::super::member::Reader;
use super::read::{Binding, Look, Surface};
use stadtwin_model::{Appearance, Geometry, NO_LOOK, Severity};
use std::collections::HashMap;

/// A face of a geometry as it was drawn: its polygon and the elements of its rings.
pub struct Drawn {
    pub face: FaceRef,
    pub rings: Vec<u32>,
}

/// Appearances of one geometry on their way.
struct Wardrobe<'g> {
    geometry: &'g mut Geometry,
    /// Appearance and place in its list, by look.
    places: HashMap<u32, (usize, u32)>,
}

impl<'t, 'a> Reader<'t, 'a> {
    /// `drawn` has an entry for each face of the geometry.
    pub fn dress(&mut self, geometry: &mut Geometry, drawn: &[Drawn]) {
        let Some(bindings) = self.bindings.take() else { return };
        let mut wardrobe = Wardrobe { geometry, places: HashMap::new() };
        for (index, drawn) in drawn.iter().enumerate() {
            for binding in bindings.of_face.get(&drawn.face.node).into_iter().flatten() {
                let Some(look) = bindings.looks.get(binding.look as usize) else { continue };
                let place = wardrobe.put_on(index, binding.look, look);
                if !binding.rings.is_empty() && !self.coordinates(&mut wardrobe, place, index, drawn, binding)
                {
                    let message =
                        "texture coordinates do not fit their ring, which has another number of points";
                    if let Some(polygon) = self.tree.element(drawn.face.node) {
                        self.tell(
                            polygon,
                            "texture_coordinates_differ",
                            Severity::Warning,
                            message.to_owned(),
                        );
                    }
                }
            }
        }
        self.bindings = Some(bindings);
        geometry.appearances.iter_mut().for_each(order_looks);
        geometry.appearances.sort_by(|a, b| (&a.theme, a.is_back).cmp(&(&b.theme, b.is_back)));
    }

    /// `false` where a ring and its coordinates differ in length.
    fn coordinates(
        &self,
        wardrobe: &mut Wardrobe,
        place: usize,
        index: usize,
        drawn: &Drawn,
        binding: &Binding,
    ) -> bool {
        let mut is_fit = true;
        for (number, node) in drawn.rings.iter().enumerate() {
            let id = self.tree.element(*node).and_then(|ring| ring.id()).unwrap_or_default();
            let exterior = || binding.rings.get("").filter(|_| number == 0);
            let Some(pairs) = binding.rings.get(id.as_ref()).or_else(exterior) else { continue };
            is_fit &= wardrobe.lay(place, index, number as u32, pairs, drawn.face.reversed);
        }
        is_fit
    }
}

/// Where the look is in the list, into which it goes if it is new.
fn place_of<T: Clone + PartialEq>(looks: &mut Vec<T>, look: &T) -> u32 {
    let known = looks.iter().position(|known| known == look);
    known.unwrap_or_else(|| {
        looks.push(look.clone());
        looks.len() - 1
    }) as u32
}

/// Looks in the order of the first faces that wear them; those that another one covers go.
fn order_looks(worn: &mut Appearance) {
    worn.materials = ordered(&worn.materials, &mut worn.face_materials);
    worn.textures = ordered(&worn.textures, &mut worn.face_textures);
}

fn ordered<T: Clone>(looks: &[T], faces: &mut [u32]) -> Vec<T> {
    let mut places: HashMap<u32, u32> = HashMap::new();
    let mut kept = Vec::with_capacity(looks.len());
    for face in faces.iter_mut().filter(|face| **face != NO_LOOK) {
        let Some(look) = looks.get(*face as usize) else { continue };
        *face = *places.entry(*face).or_insert_with(|| {
            kept.push(look.clone());
            kept.len() as u32 - 1
        });
    }
    kept
}

impl Wardrobe<'_> {
    /// Gives the face the look; returns the index of its appearance.
    fn put_on(&mut self, face: usize, number: u32, look: &Look) -> usize {
        let (appearance, place) = match self.places.get(&number) {
            Some(known) => *known,
            None => {
                let new = self.hang(look);
                self.places.insert(number, new);
                new
            }
        };
        let face_count = self.geometry.faces.len();
        if let Some(worn) = self.geometry.appearances.get_mut(appearance) {
            let faces = match look.surface {
                Surface::Material(_) => &mut worn.face_materials,
                Surface::Texture(_) => &mut worn.face_textures,
            };
            faces.resize(face_count, NO_LOOK);
            if let Some(slot) = faces.get_mut(face) {
                *slot = place;
            }
        }
        appearance
    }

    fn hang(&mut self, look: &Look) -> (usize, u32) {
        let appearances = &mut self.geometry.appearances;
        let same = |worn: &Appearance| worn.theme == look.theme && worn.is_back == look.is_back;
        let index = appearances.iter().position(same).unwrap_or_else(|| {
            let (theme, is_back) = (look.theme.clone(), look.is_back);
            appearances.push(Appearance { theme, is_back, ..Appearance::default() });
            appearances.len() - 1
        });
        let Some(worn) = appearances.get_mut(index) else { return (index, NO_LOOK) };
        let place = match &look.surface {
            Surface::Material(material) => place_of(&mut worn.materials, material),
            Surface::Texture(texture) => place_of(&mut worn.textures, texture),
        };
        (index, place)
    }

    fn lay(
        &mut self,
        appearance: usize,
        face: usize,
        number: u32,
        pairs: &[[f64; 2]],
        reversed: bool,
    ) -> bool {
        let Some(ring) = self.geometry.faces.get(face).map(|face| face.first_ring + number) else {
            return false;
        };
        let length = self.geometry.ring(ring).len();
        let end = self.geometry.ring_ends.get(ring as usize).copied().unwrap_or(0) as usize;
        let count = self.geometry.points.len();
        let Some(worn) = self.geometry.appearances.get_mut(appearance) else { return false };
        worn.texture_coordinates.resize(count, [f64::NAN; 2]);
        // Rings are open in the model: the closing coordinate goes.
        let open = if pairs.len() == length + 1 { pairs.get(..length).unwrap_or(pairs) } else { pairs };
        let Some(slots) = worn.texture_coordinates.get_mut(end.saturating_sub(length)..end) else {
            return false;
        };
        match reversed {
            true => slots.iter_mut().zip(open.iter().rev()).for_each(|(slot, pair)| *slot = *pair),
            false => slots.iter_mut().zip(open).for_each(|(slot, pair)| *slot = *pair),
        }
        open.len() == length
    }
}
