//! `Appearance` elements of all versions as looks by target; knows no geometry.

use super::super::tree::Element;
use super::super::write::{AGAIN, MADE_ID};
use super::super::{links, standard};
use crate::numbers::numbers;
use stadtwin_model::{Material, Projection, Texture};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Looks, targets and coordinates kept of one file [bytes, about].
const MAX_BYTES: usize = 128 << 20;

/// A material or a texture with theme and side.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    pub theme: String,
    pub is_back: bool,
    pub surface: Surface,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Surface {
    Material(Material),
    Texture(Texture),
}

/// Ring id and its coordinates `[s, t]`, as many as the closed ring has points.
pub type Rings = HashMap<String, Vec<[f64; 2]>>;

/// A look on a target.
#[derive(Debug, Clone)]
pub struct Binding {
    /// Index into `Index::looks`.
    pub look: u32,
    pub rings: Arc<Rings>,
}

/// All looks of some appearances by gml:id of their targets.
#[derive(Debug, Default)]
pub struct Index {
    pub looks: Vec<Look>,
    pub targets: BTreeMap<String, Vec<Binding>>,
    /// Surface data elsewhere that an appearance only points at.
    shared: Vec<Shared>,
    /// What lies elsewhere of targets.
    linked: Vec<Linked>,
    /// By gml:id.
    named: HashMap<String, How>,
    /// What was said of further targets is left out.
    pub is_full: bool,
    size_bytes: usize,
}

/// A link from one appearance to surface data of another.
#[derive(Debug)]
pub struct Shared {
    pub theme: String,
    pub href: String,
    pub line: u64,
}

/// A link from a target to where it stands how the texture lies on it.
#[derive(Debug)]
pub struct Linked {
    pub target: String,
    pub href: String,
    pub line: u64,
    /// Among those of the target.
    binding: usize,
    look: Look,
}

/// How a texture lies on a target.
#[derive(Debug, Clone, Default)]
enum How {
    /// Nobody says.
    #[default]
    Unsaid,
    Coordinates(Arc<Rings>),
    WorldToTexture([f64; 12]),
}

impl How {
    fn of(element: Element) -> How {
        match element.local() {
            b"TexCoordGen" => world_to_texture(element).map_or(How::Unsaid, How::WorldToTexture),
            _ => How::Coordinates(Arc::new(coordinates(element))),
        }
    }

    fn size_bytes(&self) -> usize {
        match self {
            How::Coordinates(rings) => rings.values().map(|ring| ring.len() * 16 + 64).sum(),
            How::Unsaid | How::WorldToTexture(_) => size_of::<How>(),
        }
    }
}

/// Where the bytes at hand lie.
pub struct Surroundings<'s, 't, 'a> {
    /// Finds what is only pointed at.
    pub by_id: &'s dyn Fn(&str) -> Option<Element<'t, 'a>>,
    pub line_of: &'s dyn Fn(Element<'t, 'a>) -> u64,
}

impl<'t, 'a> Surroundings<'_, 't, 'a> {
    fn linked(&self, property: Element<'t, 'a>) -> Option<Element<'t, 'a>> {
        (self.by_id)(links::target(&property.href()?)?)
    }
}

impl Index {
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// Adds an `Appearance`.
    pub fn add<'t, 'a>(&mut self, appearance: Element<'t, 'a>, around: &Surroundings<'_, 't, 'a>) {
        let theme = text(appearance, b"theme");
        for member in appearance.children() {
            if !matches!(member.local(), b"surfaceDataMember" | b"surfaceData") {
                continue;
            }
            match member.first_child().or_else(|| around.linked(member)) {
                Some(data) => self.add_data(&theme, data, around),
                None => self.add_shared(&theme, member, around),
            }
        }
    }

    fn add_shared<'t, 'a>(
        &mut self,
        theme: &str,
        member: Element<'t, 'a>,
        around: &Surroundings<'_, 't, 'a>,
    ) {
        let Some(href) = member.href() else { return };
        self.size_bytes += theme.len() + href.len() + size_of::<Shared>();
        self.is_full |= self.size_bytes > MAX_BYTES;
        if !self.is_full {
            let (theme, href, line) = (theme.to_owned(), href.into_owned(), (around.line_of)(member));
            self.shared.push(Shared { theme, href, line });
        }
    }

    /// Lays textures on targets as it is said elsewhere in the file, and hangs surface data under the themes of all
    /// appearances that point at it; gives the links that lead to nothing.
    pub fn follow(&mut self) -> (Vec<Linked>, Vec<Shared>) {
        (self.follow_linked(), self.follow_shared())
    }

    fn follow_linked(&mut self) -> Vec<Linked> {
        let mut dangling = Vec::new();
        for link in std::mem::take(&mut self.linked) {
            let how = links::target(&link.href).and_then(|id| self.named.get(id)).cloned();
            let Some(how) = how else {
                dangling.push(link);
                continue;
            };
            let Some((matrix_look, rings)) = self.laid(&how, &link.look) else { continue };
            let bindings = self.targets.get_mut(&link.target);
            if let Some(binding) = bindings.and_then(|all| all.get_mut(link.binding)) {
                binding.rings = rings;
                binding.look = matrix_look.unwrap_or(binding.look);
            }
        }
        self.named.clear();
        dangling
    }

    fn follow_shared(&mut self) -> Vec<Shared> {
        let shared = std::mem::take(&mut self.shared);
        let mut named: HashMap<String, Vec<u32>> = HashMap::new();
        if !shared.is_empty() {
            for (look, number) in self.looks.iter().zip(0..) {
                named.entry(look.name().to_owned()).or_default().push(number);
            }
        }
        let mut copies: HashMap<u32, Vec<u32>> = HashMap::new();
        let mut dangling = Vec::new();
        for link in shared {
            let name = links::target(&link.href).map(|id| super::super::ids::of_name(id.into()));
            let Some(numbers) = name.filter(|name| !name.is_empty()).and_then(|name| named.get(&name)) else {
                dangling.push(link);
                continue;
            };
            for number in numbers {
                let Some(look) = self.looks.get(*number as usize).filter(|look| look.theme != link.theme)
                else {
                    continue;
                };
                let look = Look { theme: link.theme.clone(), ..look.clone() };
                copies.entry(*number).or_default().extend(self.push_look(look));
            }
        }
        self.repeat(&copies);
        dangling
    }

    /// Targets of looks are targets of their copies.
    fn repeat(&mut self, copies: &HashMap<u32, Vec<u32>>) {
        if copies.is_empty() {
            return;
        }
        for bindings in self.targets.values_mut() {
            let more: Vec<Binding> = bindings
                .iter()
                .flat_map(|binding| {
                    let looks = copies.get(&binding.look).into_iter().flatten();
                    looks.map(|look| Binding { look: *look, rings: binding.rings.clone() })
                })
                .collect();
            self.size_bytes += more.len() * size_of::<Binding>();
            self.is_full |= self.size_bytes > MAX_BYTES;
            if self.is_full {
                return;
            }
            bindings.extend(more);
        }
    }

    fn add_data<'t, 'a>(&mut self, theme: &str, data: Element<'t, 'a>, around: &Surroundings<'_, 't, 'a>) {
        let is_back = matches!(text(data, b"isFront").as_str(), "false" | "0");
        let surface = match data.local() {
            b"X3DMaterial" => Surface::Material(material(data)),
            b"ParameterizedTexture" => Surface::Texture(texture(data)),
            b"GeoreferencedTexture" => Surface::Texture(georeferenced(data)),
            _ => return,
        };
        let look = Look { theme: theme.to_owned(), is_back, surface };
        let Some(plain) = self.push_look(look.clone()) else { return };
        for child in data.children() {
            match child.local() {
                // Version 3.
                b"textureParameterization" => {
                    let association = child.first_child().unwrap_or(child);
                    let target = text(association, b"target");
                    let how = association.child(b"textureParameterization");
                    self.add_target(&target, how, plain, &look, around);
                }
                b"target" => match child.attribute(b"uri") {
                    Some(uri) => self.add_target(&uri, Some(child), plain, &look, around),
                    None => self.add_target(&child.text(), None, plain, &look, around),
                },
                _ => {}
            }
        }
    }

    /// `property` holds how the look lies on the target, or points at it.
    fn add_target<'t, 'a>(
        &mut self,
        target: &str,
        property: Option<Element<'t, 'a>>,
        plain: u32,
        look: &Look,
        around: &Surroundings<'_, 't, 'a>,
    ) {
        let Some(id) = links::target(target) else { return };
        let element =
            property.and_then(|property| property.first_child().or_else(|| around.linked(property)));
        let how = element.map(How::of).unwrap_or_default();
        let Some((matrix_look, rings)) = self.laid(&how, look) else { return };
        if let Some(name) = element.and_then(|element| element.id()).filter(|id| !id.starts_with(MADE_ID)) {
            self.size_bytes += name.len() + 64;
            self.named.insert(name.into_owned(), how.clone());
        }
        self.size_bytes += id.len() + 64 + how.size_bytes();
        self.is_full |= self.size_bytes > MAX_BYTES;
        if self.is_full {
            return;
        }
        let bindings = self.targets.entry(id.to_owned()).or_default();
        bindings.push(Binding { look: matrix_look.unwrap_or(plain), rings });
        let binding = bindings.len() - 1;
        if let Some(property) = property.filter(|_| element.is_none())
            && let Some(href) = property.href()
        {
            self.size_bytes += href.len() + id.len() + look.size_bytes();
            let (target, href, line) = (id.to_owned(), href.into_owned(), (around.line_of)(property));
            self.linked.push(Linked { target, href, line, binding, look: look.clone() });
        }
    }

    /// Coordinates, and the number of a look of its own where a matrix gives them. `None` where there is no room left.
    fn laid(&mut self, how: &How, look: &Look) -> Option<(Option<u32>, Arc<Rings>)> {
        match (how, &look.surface) {
            (How::WorldToTexture(matrix), Surface::Texture(texture)) => {
                let projection = Projection::WorldToTexture(*matrix);
                let surface = Surface::Texture(Texture { projection, ..texture.clone() });
                Some((Some(self.push_look(Look { surface, ..look.clone() })?), Arc::default()))
            }
            (How::Coordinates(rings), _) => Some((None, rings.clone())),
            _ => Some((None, Arc::default())),
        }
    }

    /// Index of the look; one that came just before is not repeated. `None` where there is no room left.
    pub fn push_look(&mut self, look: Look) -> Option<u32> {
        if self.looks.last() != Some(&look) {
            self.size_bytes += look.size_bytes();
            self.is_full |= self.size_bytes > MAX_BYTES;
            if self.is_full {
                return None;
            }
            self.looks.push(look);
        }
        Some(self.looks.len() as u32 - 1)
    }
}

impl Look {
    /// gml:id of the material or texture; empty without.
    fn name(&self) -> &str {
        match &self.surface {
            Surface::Material(material) => &material.name,
            Surface::Texture(texture) => &texture.name,
        }
    }

    fn size_bytes(&self) -> usize {
        let texts = match &self.surface {
            Surface::Material(material) => material.name.len(),
            Surface::Texture(texture) => {
                let said = [&texture.mime_type, &texture.texture_type, &texture.wrap_mode];
                let said = said.into_iter().flatten().map(String::len).sum::<usize>();
                texture.name.len() + texture.image.len() + said
            }
        };
        size_of::<Look>() + self.theme.len() + texts
    }
}

/// Looks of the `TexturedSurface` of version 1 and older, with the coordinates of its one ring.
pub fn textured_surface(element: Element) -> Vec<(Look, Vec<[f64; 2]>)> {
    let is_back = element.raw_attribute(b"orientation").is_some_and(|sign| sign.trim_ascii() == b"-");
    let inside = element.children().filter(|child| child.local() == b"appearance");
    inside
        .filter_map(|property| property.first_child())
        .filter_map(|data| {
            let (surface, pairs) = match data.local() {
                b"Material" => (Surface::Material(material(data)), Vec::new()),
                b"SimpleTexture" => {
                    let mut texture = texture(data);
                    texture.image = text(data, b"textureMap");
                    let pairs = data.child(b"textureCoordinates").map(pairs).unwrap_or_default();
                    (Surface::Texture(texture), pairs)
                }
                _ => return None,
            };
            Some((Look { theme: String::new(), is_back, surface }, pairs))
        })
        .collect()
}

fn material(data: Element) -> Material {
    Material {
        name: name(data),
        ambient_intensity: number(data, b"ambientIntensity"),
        diffuse_color: list(data, b"diffuseColor"),
        emissive_color: list(data, b"emissiveColor"),
        specular_color: list(data, b"specularColor"),
        shininess: number(data, b"shininess"),
        transparency: number(data, b"transparency"),
        is_smooth: data.child(b"isSmooth").and_then(|flag| boolean(&flag.text())),
    }
}

fn texture(data: Element) -> Texture {
    let said = |name: &[u8]| Some(text(data, name)).filter(|text| !text.is_empty());
    let border = values(data, b"borderColor");
    Texture {
        name: name(data),
        image: text(data, b"imageURI"),
        mime_type: said(b"mimeType"),
        texture_type: said(b"textureType"),
        wrap_mode: said(b"wrapMode"),
        border_color: match border.as_slice() {
            [r, g, b] => Some([*r, *g, *b, 1.0]),
            _ => border.try_into().ok(),
        },
        ..Texture::default()
    }
}

fn georeferenced(data: Element) -> Texture {
    let point = data.child(b"referencePoint").and_then(|point| {
        let pos = point.descendants().find(|element| matches!(element.local(), b"pos" | b"coordinates"))?;
        parsed(pos).get(..2)?.try_into().ok()
    });
    let projection = Projection::Georeferenced {
        prefer_world_file: data
            .child(b"preferWorldFile")
            .and_then(|flag| boolean(&flag.text()))
            .unwrap_or(true),
        reference_point: point,
        orientation: list(data, b"orientation"),
    };
    Texture { projection, ..texture(data) }
}

/// `TexCoordList` of all versions: with a `ring` attribute, or ring elements in the same order.
fn coordinates(how: Element) -> Rings {
    let lists = how.children().filter(|child| child.local() == b"textureCoordinates");
    let mut rings = how.children().filter(|child| child.local() == b"ring");
    lists
        .filter_map(|list| {
            let ring = match list.attribute(b"ring") {
                Some(ring) => ring,
                None => rings.next().map(|ring| ring.text())?,
            };
            Some((links::target(&ring)?.to_owned(), pairs(list)))
        })
        .collect()
}

fn pairs(list: Element) -> Vec<[f64; 2]> {
    parsed(list).as_chunks::<2>().0.to_vec()
}

fn world_to_texture(how: Element) -> Option<[f64; 12]> {
    parsed(how.child(b"worldToTexture")?).try_into().ok()
}

fn parsed(element: Element) -> Vec<f64> {
    let mut values = Vec::new();
    match numbers(&element.plain_text(), element.local() == b"coordinates", &mut values) {
        Ok(_) => values,
        Err(_) => Vec::new(),
    }
}

fn values(data: Element, local: &[u8]) -> Vec<f64> {
    data.child(local).map(parsed).unwrap_or_default()
}

fn list<const N: usize>(data: Element, local: &[u8]) -> Option<[f64; N]> {
    values(data, local).try_into().ok()
}

fn number(data: Element, local: &[u8]) -> Option<f64> {
    values(data, local).first().copied()
}

fn boolean(text: &str) -> Option<bool> {
    standard::parse(standard::Type::Boolean, text)?.as_bool()
}

fn text(element: Element, local: &[u8]) -> String {
    element.child(local).map(|child| child.text().into_owned()).unwrap_or_default()
}

fn name(data: Element) -> String {
    let id = data.id().filter(|id| !id.starts_with(MADE_ID)).unwrap_or_default();
    let own = id.rsplit_once(AGAIN).filter(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()));
    super::super::ids::of_name(own.map_or(&*id, |(name, _)| name).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_count_towards_what_is_kept() {
        let look = |length: usize| {
            let texture = Texture { image: "x".repeat(length), ..Texture::default() };
            Look { theme: String::new(), is_back: false, surface: Surface::Texture(texture) }
        };
        let mut index = Index { size_bytes: MAX_BYTES - 10_000, ..Index::default() };
        assert_eq!(
            (index.push_look(look(1)), index.push_look(look(1)), index.is_full),
            (Some(0), Some(0), false)
        );
        assert_eq!((index.push_look(look(10_000)), index.looks.len(), index.is_full), (None, 1, true));
    }
}
