//! Namespaces of all CityGML versions as modules, and elements as classes.

use super::scan;
use super::schema::Version;
use stadtwin_model::{ClassId, Module, class_by_element, class_by_name, classes};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Where a name comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// CityGML, GML, xAL or XLink.
    Standard,
    /// No namespace at all: taken for CityGML's own where the local name fits.
    Bare,
    /// An application domain extension or something else.
    Foreign,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Namespace {
    pub module: Module,
    pub origin: Origin,
}

impl Namespace {
    pub const BARE: Namespace = Namespace { module: Module::Other, origin: Origin::Bare };
    pub const FOREIGN: Namespace = Namespace { module: Module::Other, origin: Origin::Foreign };

    const fn standard(module: Module) -> Namespace {
        Namespace { module, origin: Origin::Standard }
    }
}

/// Last part of CityGML's namespaces before the version, and the prefix everybody uses.
const MODULES: &[(&str, &str, Module)] = &[
    ("appearance", "app", Module::Appearance),
    ("bridge", "brid", Module::Bridge),
    ("building", "bldg", Module::Building),
    ("cityfurniture", "frn", Module::CityFurniture),
    ("cityobjectgroup", "grp", Module::CityObjectGroup),
    ("construction", "con", Module::Construction),
    ("dynamizer", "dyn", Module::Dynamizer),
    ("generics", "gen", Module::Generics),
    ("landuse", "luse", Module::LandUse),
    ("pointcloud", "pcl", Module::PointCloud),
    ("relief", "dem", Module::Relief),
    ("transportation", "tran", Module::Transportation),
    ("tunnel", "tun", Module::Tunnel),
    ("vegetation", "veg", Module::Vegetation),
    ("versioning", "vers", Module::Versioning),
    ("waterbody", "wtr", Module::WaterBody),
    ("texturedsurface", "tex", Module::TexturedSurface),
];

/// The customary prefix of a module; empty where there is none.
pub fn prefix_of(module: Module) -> &'static str {
    let known = MODULES.iter().find(|(_, _, known)| *known == module);
    match (known, module) {
        (Some((_, prefix, _)), _) => prefix,
        (None, Module::Core) => "core",
        (None, Module::Gml) => "gml",
        (None, Module::Xal) => "xAL",
        (None, Module::Xlink) => "xlink",
        (None, _) => "",
    }
}

/// The namespace of a customary prefix in a version; `None` where that version has no such module.
pub fn uri_of(prefix: &str, version: Version) -> Option<String> {
    let fixed = match (prefix, version) {
        ("core", _) => return Some(format!("http://www.opengis.net/citygml/{}", version.name())),
        ("gml", Version::V3) => "http://www.opengis.net/gml/3.2",
        ("gml", _) => "http://www.opengis.net/gml",
        ("xAL", Version::V3) => "urn:oasis:names:tc:ciq:xal:3",
        ("xAL", _) => "urn:oasis:names:tc:ciq:xsdschema:xAL:2.0",
        ("xlink", _) => "http://www.w3.org/1999/xlink",
        _ => {
            let (name, _, _) = MODULES.iter().find(|(_, known, _)| *known == prefix)?;
            let is_missing = matches!(
                (prefix, version),
                ("brid" | "tun", Version::V1)
                    | ("con" | "dyn" | "pcl" | "vers", Version::V1 | Version::V2)
                    | ("tex", Version::V3)
            );
            return (!is_missing)
                .then(|| format!("http://www.opengis.net/citygml/{name}/{}", version.name()));
        }
    };
    Some(fixed.to_owned())
}

/// All customary prefixes but that of old textures.
pub fn prefixes() -> impl Iterator<Item = &'static str> {
    let modules = MODULES.iter().map(|(_, prefix, _)| *prefix).filter(|prefix| *prefix != "tex");
    ["core", "gml", "xAL", "xlink"].into_iter().chain(modules)
}

/// What a namespace URI stands for, whatever the version.
pub fn namespace_of(uri: &[u8]) -> Namespace {
    let uri = String::from_utf8_lossy(uri);
    let uri = uri.trim().trim_end_matches('/');
    if uri.is_empty() {
        return Namespace::BARE;
    }
    if let Some(path) = uri
        .strip_prefix("http://www.opengis.net/citygml/")
        .or_else(|| uri.strip_prefix("https://www.opengis.net/citygml/"))
    {
        return citygml_module(path);
    }
    let module = match uri {
        "http://www.opengis.net/citygml" => Module::Core,
        _ if uri.starts_with("http://www.opengis.net/gml") => Module::Gml,
        _ if uri.starts_with("urn:oasis:names:tc:ciq:") => Module::Xal,
        "http://www.w3.org/1999/xlink" => Module::Xlink,
        // Version 0.4 and older: one namespace for all modules.
        _ if uri.starts_with("http://www.citygml.org/citygml") => return Namespace::BARE,
        _ => return Namespace::FOREIGN,
    };
    Namespace::standard(module)
}

fn citygml_module(path: &str) -> Namespace {
    let name = path.split('/').next().unwrap_or("");
    match MODULES.iter().find(|(known, _, _)| *known == name) {
        Some((_, _, module)) => Namespace::standard(*module),
        None if name.starts_with(|c: char| c.is_ascii_digit()) => Namespace::standard(Module::Core),
        None => Namespace::FOREIGN,
    }
}

/// What a prefix stands for that the file does not declare.
pub fn customary(prefix: &[u8]) -> Namespace {
    let known = MODULES.iter().find(|(_, customary, _)| customary.as_bytes() == prefix);
    match (known, prefix) {
        (Some((_, _, module)), _) => Namespace::standard(*module),
        (None, b"core") => Namespace::standard(Module::Core),
        (None, b"gml") => Namespace::standard(Module::Gml),
        (None, b"xAL") => Namespace::standard(Module::Xal),
        (None, b"xlink") => Namespace::standard(Module::Xlink),
        (None, b"") => Namespace::BARE,
        (None, _) => Namespace::FOREIGN,
    }
}

/// Prefixes in force, innermost last; the empty prefix is the default namespace.
pub type Prefixes = Vec<(Box<[u8]>, Namespace)>;

/// The prefixes that a start tag declares.
pub fn declared(attributes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    scan::attributes(attributes).filter_map(|(name, value)| match name.strip_prefix(b"xmlns") {
        Some(b"") => Some((&b""[..], value)),
        Some(rest) => rest.strip_prefix(b":").map(|prefix| (prefix, value)),
        None => None,
    })
}

/// What `prefix` means, or `None` when nobody declared it.
pub fn lookup(prefixes: &[(Box<[u8]>, Namespace)], prefix: &[u8]) -> Option<Namespace> {
    declaration(prefixes, prefix).or(prefix.is_empty().then_some(Namespace::BARE))
}

/// What the innermost declaration of `prefix` says.
pub fn declaration(prefixes: &[(Box<[u8]>, Namespace)], prefix: &[u8]) -> Option<Namespace> {
    prefixes.iter().rev().find(|(known, _)| known.as_ref() == prefix).map(|(_, namespace)| *namespace)
}

/// The class of an element, if it is one of CityGML's.
pub fn class_of_element(namespace: Namespace, local: &[u8]) -> Option<ClassId> {
    if !local.first().is_some_and(u8::is_ascii_uppercase) {
        return None;
    }
    let local = std::str::from_utf8(local).ok()?;
    match namespace.origin {
        Origin::Foreign => None,
        Origin::Standard
            if matches!(namespace.module, Module::Gml | Module::Xal | Module::Xlink | Module::Appearance) =>
        {
            None
        }
        Origin::Standard => class_by_element(namespace.module, local),
        Origin::Bare => BY_NAME.get(local).copied(),
    }
}

/// The fall-back for surfaces and for objects.
pub fn generic_class(surface: bool) -> ClassId {
    let name = if surface { "GenericThematicSurface" } else { "GenericCityObject" };
    class_by_name(name).unwrap_or(ClassId(0))
}

static BY_NAME: LazyLock<HashMap<&'static str, ClassId>> = LazyLock::new(|| {
    let names = classes().flat_map(|(id, class)| {
        std::iter::once(class.name).chain(class.aliases.iter().copied()).map(move |name| (name, id))
    });
    names.collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces_of_all_versions_are_known() {
        let cases = [
            ("http://www.opengis.net/citygml/1.0", Module::Core),
            ("http://www.opengis.net/citygml/1.1", Module::Core),
            ("http://www.opengis.net/citygml/3.0", Module::Core),
            ("http://www.opengis.net/citygml/building/2.0", Module::Building),
            ("http://www.opengis.net/citygml/pointcloud/3.0", Module::PointCloud),
            ("http://www.opengis.net/gml", Module::Gml),
            ("http://www.opengis.net/gml/3.2", Module::Gml),
            ("urn:oasis:names:tc:ciq:xsdschema:xAL:2.0", Module::Xal),
            ("urn:oasis:names:tc:ciq:xal:3", Module::Xal),
            ("http://www.w3.org/1999/xlink", Module::Xlink),
        ];
        for (uri, module) in cases {
            assert_eq!(namespace_of(uri.as_bytes()), Namespace::standard(module), "{uri}");
        }
        assert_eq!(namespace_of(b"https://www.geospatial.jp/iur/uro/3.0"), Namespace::FOREIGN);
        assert_eq!(namespace_of(b"http://www.opengis.net/citygml/testADE/1.0"), Namespace::FOREIGN);
    }

    #[test]
    fn bare_elements_are_known_by_local_name() {
        let name = |namespace, local: &[u8]| class_of_element(namespace, local).map(ClassId::name);
        assert_eq!(name(Namespace::BARE, b"Room"), Some("BuildingRoom"));
        assert_eq!(name(Namespace::FOREIGN, b"Waterway"), None);
        assert_eq!(name(Namespace::standard(Module::Building), b"Building"), Some("Building"));
    }
}
