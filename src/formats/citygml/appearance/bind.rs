//! From targets to the polygons of a member: which look each of them has.

use super::super::gather::FACES;
use super::super::links;
use super::super::tree::{Element, Tree};
use super::read::{Binding, Index, Look, Rings, textured_surface};
use std::collections::HashMap;
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
        let by_id = |id: &str| tree.by_id(id.as_bytes()).next();
        let elements = || (0..tree.len() as u32).filter_map(|index| tree.element(index));
        for element in elements() {
            match element.local() {
                b"Appearance" => own.add(element, &by_id),
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
            let first = bindings.looks.len() as u32;
            bindings.looks.extend_from_slice(&global.looks);
            for element in elements() {
                let Some(id) = element.id() else { continue };
                let Some(looks) = global.targets.get(id.as_ref()) else { continue };
                bindings.cover(tree, element, &shifted(looks, first), &mut budget(tree), 0);
            }
        }
        // As in the file, so that the same input gives the same objects.
        bindings.of_face.values_mut().for_each(|looks| looks.sort_by_key(|binding| binding.look));
        bindings
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
            if FACES.contains(&below.local()) {
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
            let index = own.push_look(look);
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

fn shifted(looks: &[Binding], first: u32) -> Vec<Binding> {
    looks.iter().map(|binding| Binding { look: binding.look + first, ..binding.clone() }).collect()
}
