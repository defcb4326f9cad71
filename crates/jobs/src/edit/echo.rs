//! Whole objects that come back: what is as the server wrote it stays as the store has it, although formats leave out
//! values, round them or say them twice.

use stadtwin_model::{Attributes, CityObject, Geometry, ImplicitGeometry};

use super::values::is_same;

/// `sent` with all that is as in `echo` put back to what it is in `old`: `echo` is `old` as it was written and read again.
pub(super) fn restored(old: &CityObject, echo: &CityObject, sent: CityObject) -> CityObject {
    let is_same_class = (sent.class, &sent.source_class) == (echo.class, &echo.source_class);
    let (class, source_class) = match is_same_class {
        true => (old.class, old.source_class.clone()),
        false => (sent.class, sent.source_class),
    };
    let attributes = values(&old.attributes, &echo.attributes, sent.attributes);
    let mut qualifiers = values(&old.qualifiers, &echo.qualifiers, sent.qualifiers);
    qualifiers.retain(|path, _| {
        // Of what has gone nothing is said any more.
        let base = path.split('/').next().unwrap_or(path);
        attributes.contains_key(base) || !old.attributes.contains_key(base)
    });
    let extensions = if sent.extensions == echo.extensions { &old.extensions } else { &sent.extensions };
    CityObject {
        id: sent.id,
        class,
        source_class,
        attributes,
        qualifiers,
        extensions: extensions.clone(),
        geometries: geometries(&old.geometries, &echo.geometries, sent.geometries),
        implicit_geometries: implicit(old, echo, sent.implicit_geometries),
        children: children(old, echo, sent.children),
    }
}

/// Names in the order of `old`, then what is new.
fn values(old: &Attributes, echo: &Attributes, mut sent: Attributes) -> Attributes {
    let mut all = Attributes::with_capacity(old.len());
    for (name, kept) in old {
        match (sent.shift_remove(name), echo.get(name)) {
            // Untouched, or nothing that the form can say.
            (Some(value), Some(written)) if is_same(&value, written) => {
                all.insert(name.clone(), kept.clone());
            }
            (None, None) => drop(all.insert(name.clone(), kept.clone())),
            (Some(value), _) => drop(all.insert(name.clone(), value)),
            (None, Some(_)) => {}
        }
    }
    // What only the form added is nobody's.
    let is_new = |(name, value): &(String, serde_json::Value)| {
        echo.get(name).is_none_or(|written| !is_same(value, written))
    };
    all.extend(sent.into_iter().filter(is_new));
    all
}

fn geometries(old: &[Geometry], echo: &[Geometry], sent: Vec<Geometry>) -> Vec<Geometry> {
    if sent == echo {
        return old.to_vec();
    }
    let is_in_step = old.len() == echo.len();
    let restore = |mut geometry: Geometry| {
        let same = echo.iter().position(|written| *written == geometry).filter(|_| is_in_step);
        if let Some(kept) = same.and_then(|at| old.get(at)) {
            return kept.clone();
        }
        keep_images(old, &mut geometry);
        geometry
    };
    sent.into_iter().map(restore).collect()
}

/// Images do not come along with a body: those of the same name are meant.
fn keep_images(old: &[Geometry], geometry: &mut Geometry) {
    let known: Vec<_> =
        old.iter().flat_map(|geometry| &geometry.appearances).flat_map(|worn| &worn.textures).collect();
    let textures = geometry.appearances.iter_mut().flat_map(|worn| &mut worn.textures);
    for texture in textures.filter(|texture| texture.image_hash.is_none()) {
        let same = known.iter().find(|known| known.image == texture.image);
        texture.image_hash = same.and_then(|known| known.image_hash.clone());
    }
}

fn implicit(old: &CityObject, echo: &CityObject, sent: Vec<ImplicitGeometry>) -> Vec<ImplicitGeometry> {
    let (old, echo) = (&old.implicit_geometries, &echo.implicit_geometries);
    if sent == *echo {
        return old.clone();
    }
    let is_in_step = old.len() == echo.len();
    let restore = |implicit: ImplicitGeometry| {
        let same = echo.iter().position(|written| *written == implicit).filter(|_| is_in_step);
        same.and_then(|at| old.get(at)).cloned().unwrap_or(implicit)
    };
    sent.into_iter().map(restore).collect()
}

fn children(old: &CityObject, echo: &CityObject, sent: Vec<CityObject>) -> Vec<CityObject> {
    let find = |all: &[CityObject], id: &str| all.iter().position(|child| child.id == id);
    let mut all: Vec<(usize, CityObject)> = Vec::with_capacity(sent.len());
    for child in sent {
        let at = find(&old.children, &child.id);
        let kept = at.and_then(|at| old.children.get(at));
        let written = find(&echo.children, &child.id).and_then(|at| echo.children.get(at));
        let child = match (kept, written) {
            (Some(kept), Some(written)) => restored(kept, written, child),
            _ => child,
        };
        all.push((at.unwrap_or(usize::MAX), child));
    }
    // What the form cannot say has not gone.
    let hidden =
        old.children.iter().enumerate().filter(|(_, child)| find(&echo.children, &child.id).is_none());
    for (at, child) in hidden {
        if !all.iter().any(|(_, other)| other.id == child.id) {
            all.push((at, child.clone()));
        }
    }
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, child)| child).collect()
}

/// Whether each texture of the object and of all below it has its image.
pub(super) fn has_all_images(object: &CityObject) -> bool {
    let geometries = object.walk().into_iter().flat_map(|part| &part.geometries);
    let mut textures = geometries.flat_map(|geometry| &geometry.appearances).flat_map(|worn| &worn.textures);
    textures.all(|texture| texture.image.is_empty() || texture.image_hash.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use stadtwin_model::{Appearance, GeometryKind, Lod, NO_SURFACE, Texture};

    fn object(attributes: serde_json::Value, east: f64, image: Option<&str>) -> CityObject {
        let mut geometry = Geometry::new(Lod::whole(2), GeometryKind::MultiSurface);
        geometry.push_face([&[[east, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0]][..]], NO_SURFACE);
        let image_hash = image.map(str::to_owned);
        let texture = Texture { image: "wall.png".into(), image_hash, ..Texture::default() };
        geometry.appearances.push(Appearance { textures: vec![texture], ..Appearance::default() });
        let attributes = attributes.as_object().cloned().unwrap();
        CityObject { id: "B".into(), attributes, geometries: vec![geometry], ..CityObject::default() }
    }

    #[test]
    fn what_nobody_touched_stays() {
        // The form rounds `h`, says `n` as another kind of number, loses `x` and adds `twin`.
        let old = object(json!({ "h": 9.87654, "n": 1, "x": [1], "gone": "a" }), 0.0001, Some("01"));
        let echo = object(json!({ "h": 9.877, "n": 1.0, "twin": 9.877, "gone": "a" }), 0.0, None);
        assert_eq!(restored(&old, &echo, echo.clone()), old);
        let mut sent = echo.clone();
        sent.attributes.insert("h".into(), json!(10));
        sent.attributes.shift_remove("gone");
        sent.geometries[0].points[1][0] = 2.0;
        let made = restored(&old, &echo, sent);
        assert_eq!(json!(made.attributes), json!({ "h": 10, "n": 1, "x": [1] }));
        assert_eq!((made.geometries[0].points[0][0], made.geometries[0].points[1][0]), (0.0, 2.0));
        assert!(has_all_images(&made) && !has_all_images(&echo));
    }

    #[test]
    fn parts_are_known_by_their_names() {
        let part =
            |id: &str, name: &str| CityObject { id: id.into(), ..object(json!({ "name": name }), 0.0, None) };
        let whole = |children: Vec<CityObject>| CityObject { children, ..object(json!({}), 0.0, None) };
        let old = whole(vec![part("P", "p"), part("hidden", "h"), part("Q", "q")]);
        let echo = whole(vec![part("P", "p"), part("Q", "q")]);
        let sent = whole(vec![part("Q", "other"), part("P", "p"), part("R", "r")]);
        let made = restored(&old, &echo, sent);
        let names: Vec<_> = made.children.iter().map(|child| child.attributes["name"].clone()).collect();
        assert_eq!(names, ["p", "h", "other", "r"]);
        assert_eq!(restored(&old, &echo, whole(vec![part("P", "p")])).children.len(), 2);
    }
}
