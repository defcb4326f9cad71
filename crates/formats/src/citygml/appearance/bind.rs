//! From targets to the polygons of a member: which look each of them has.

use super::super::links;
use super::super::tree::{Element, Tree};
use super::read::{Binding, Index, Look, Rings, Surroundings, textured_surface};
use stadtwin_model::NO_LOOK;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Surfaces may point at surfaces, this deep.
const MAX_DEPTH: usize = 16;

/// Looks by polygon element.
#[derive(Default)]
pub struct Bindings {
    pub looks: Vec<Look>,
    pub of_face: HashMap<u32, Vec<Binding>>,
    /// Targets that the member's own appearances name and the member does not have.
    pub missing: Vec<String>,
}

impl Bindings {
    /// Of all appearances in the member, and those of the whole file.
    pub fn of_member<'t, 'a>(tree: &'t Tree<'a>, global: &Index) -> Bindings {
        let mut own = Index::default();
        let mut bindings = Bindings::default();
        // What the member lacks is asked for elsewhere, and told there.
        let around = Surroundings { by_id: &|id: &str| tree.by_id(id.as_bytes()).next(), line_of: &|_| 0 };
        let elements = || (0..tree.len() as u32).filter_map(|index| tree.element(index));
        for element in elements() {
            match element.local() {
                b"Appearance" => own.add(element, &around),
                b"TexturedSurface" => bindings.add_textured(element, tree, &mut own),
                _ => {}
            }
        }
        bindings.looks = own.looks;
        for (id, looks) in &own.targets {
            if !bindings.add_target(tree, id, looks) && !global.targets.contains_key(id) {
                bindings.missing.push(id.clone());
            }
        }
        if !global.is_empty() {
            let target = |element: Element| global.targets.get(element.id()?.as_ref());
            let matched: Vec<(Element, &Vec<Binding>)> =
                elements().filter_map(|element| Some((element, target(element)?))).collect();
            let places = bindings.take_looks(&matched, global);
            for (element, looks) in matched {
                bindings.cover(tree, element, &moved(looks, &places), &mut budget(tree), 0);
            }
        }
        // As in the file, so that the same input gives the same objects.
        bindings.of_face.values_mut().for_each(|looks| looks.sort_by_key(|binding| binding.look));
        bindings
    }

    /// Those of the file that are meant for the member, in their order; their places by their number in the file.
    fn take_looks(&mut self, matched: &[(Element, &Vec<Binding>)], global: &Index) -> BTreeMap<u32, u32> {
        let numbers = matched.iter().flat_map(|(_, looks)| looks.iter().map(|binding| binding.look));
        let mut places: BTreeMap<u32, u32> = numbers.map(|number| (number, NO_LOOK)).collect();
        for (number, place) in &mut places {
            let Some(look) = global.looks.get(*number as usize) else { continue };
            *place = self.looks.len() as u32;
            self.looks.push(look.clone());
        }
        places
    }

    fn add_target(&mut self, tree: &Tree, id: &str, looks: &[Binding]) -> bool {
        let mut is_found = false;
        // All of an id: some polygons share theirs with their ring.
        for element in tree.by_id(id.as_bytes()) {
            is_found = true;
            self.cover(tree, element, looks, &mut budget(tree), 0);
        }
        is_found
    }

    /// All polygons in the element, links followed, have the looks.
    fn cover(&mut self, tree: &Tree, element: Element, looks: &[Binding], budget: &mut usize, depth: usize) {
        for below in element.descendants() {
            *budget = budget.saturating_sub(1);
            if *budget == 0 || depth > MAX_DEPTH {
                return;
            }
            if below.word().is_face() {
                self.of_face.entry(below.index).or_default().extend_from_slice(looks);
            } else if let Some(href) = below.href()
                && let Some(id) = links::target(&href)
                && let Some(target) = tree.by_id(id.as_bytes()).find(|target| target.index != element.index)
            {
                self.cover(tree, target, looks, budget, depth + 1);
            }
        }
    }

    fn add_textured(&mut self, element: Element, tree: &Tree, own: &mut Index) {
        let Some(base) = element.child(b"baseSurface") else { return };
        for (look, pairs) in textured_surface(element) {
            let Some(index) = own.push_look(look) else { return };
            // Its coordinates are those of the exterior, whatever that is called.
            let mut rings = Rings::new();
            if !pairs.is_empty() {
                rings.insert(String::new(), pairs);
            }
            let binding = Binding { look: index, rings: Arc::new(rings) };
            self.cover(tree, base, &[binding], &mut budget(tree), 0);
        }
    }
}

fn budget(tree: &Tree) -> usize {
    tree.len().saturating_mul(2).saturating_add(1_000)
}

fn moved(looks: &[Binding], places: &BTreeMap<u32, u32>) -> Vec<Binding> {
    looks
        .iter()
        .filter_map(|binding| Some(Binding { look: *places.get(&binding.look)?, ..binding.clone() }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::read::Surface;
    use super::*;
    use stadtwin_model::Material;

    #[test]
    fn a_member_has_the_looks_meant_for_it_alone_in_the_order_of_the_file() {
        let mut global = Index::default();
        for name in ["a", "b", "c", "d"] {
            let material = Material { name: name.to_owned(), ..Material::default() };
            let surface = Surface::Material(material);
            global.push_look(Look { theme: String::new(), is_back: false, surface });
        }
        for (id, look) in [("second", 1), ("first", 3), ("elsewhere", 2)] {
            let binding = Binding { look, rings: Arc::new(Rings::new()) };
            global.targets.insert(id.to_owned(), vec![binding]);
        }
        let text = b"<a><Polygon gml:id='first'/><Polygon gml:id='second'/></a>";
        let tree = Tree::new(text, &[], &Vec::new()).unwrap_or_else(|error| panic!("{error:?}"));
        let bindings = Bindings::of_member(&tree, &global);
        let names: Vec<_> = bindings.looks.iter().map(|look| &look.surface).collect();
        let [Surface::Material(b), Surface::Material(d)] = names.as_slice() else { panic!("{names:?}") };
        assert_eq!((b.name.as_str(), d.name.as_str()), ("b", "d"));
        let look = |id: &[u8]| bindings.of_face[&tree.by_id(id).next().unwrap().index][0].look;
        assert_eq!((look(b"first"), look(b"second")), (1, 0));
    }
}
