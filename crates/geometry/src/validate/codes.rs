//! The codes of geometry findings: val3dity's numbers, with a sentence and a severity for each.

use stadtwin_model::Severity;

/// One kind of finding.
#[derive(Debug)]
pub struct Kind {
    /// As val3dity counts: 1xx rings, 2xx polygons, 3xx shells, 4xx solids, 5xx composites, 6xx objects, 9xx input.
    pub code: u16,
    /// val3dity's name.
    pub name: &'static str,
    pub severity: Severity,
    pub message: &'static str,
}

const fn kind_of(code: u16, name: &'static str, severity: Severity, message: &'static str) -> Kind {
    Kind { code, name, severity, message }
}

use Severity::{Error, Warning};

/// All of them, in order.
#[rustfmt::skip]
pub static KINDS: &[Kind] = &[
    kind_of(101, "TOO_FEW_POINTS", Error, "a ring has fewer than 3 points"),
    kind_of(102, "CONSECUTIVE_POINTS_SAME", Error, "two points of a ring that follow one another are the same"),
    kind_of(103, "RING_NOT_CLOSED", Error, "the last point of a ring is not its first"),
    kind_of(104, "RING_SELF_INTERSECTION", Error, "a ring crosses or touches itself, or has no area"),
    kind_of(201, "INTERSECTION_RINGS", Error, "two rings of a polygon cross or share an edge"),
    kind_of(202, "DUPLICATED_RINGS", Error, "two rings of a polygon are the same"),
    kind_of(203, "NON_PLANAR_POLYGON_DISTANCE_PLANE", Warning, "a polygon is not flat: a point is too far from its plane"),
    kind_of(204, "NON_PLANAR_POLYGON_NORMALS_DEVIATION", Warning, "a polygon is not flat: its parts look different ways"),
    kind_of(205, "POLYGON_INTERIOR_DISCONNECTED", Error, "holes cut a polygon into pieces"),
    kind_of(206, "INNER_RING_OUTSIDE", Error, "a hole lies outside of its polygon"),
    kind_of(207, "INNER_RINGS_NESTED", Error, "a hole lies inside of another hole"),
    kind_of(208, "ORIENTATION_RINGS_SAME", Error, "a hole runs the same way round as the outer ring"),
    kind_of(300, "NOT_VALID_2_MANIFOLD", Error, "the faces make no surface"),
    kind_of(301, "TOO_FEW_POLYGONS", Error, "a shell has fewer than 4 faces"),
    kind_of(302, "SHELL_NOT_CLOSED", Error, "a shell is not closed: an edge has only one face"),
    kind_of(303, "NON_MANIFOLD_CASE", Error, "faces meet in a way that no surface does: at an edge with more than two faces, or at a single point"),
    kind_of(305, "MULTIPLE_CONNECTED_COMPONENTS", Error, "the faces of a shell are in several pieces"),
    kind_of(306, "SHELL_SELF_INTERSECTION", Error, "faces of a shell go through or touch one another"),
    kind_of(307, "POLYGON_WRONG_ORIENTATION", Error, "a face looks the other way than its neighbours"),
    kind_of(401, "INTERSECTION_SHELLS", Error, "shells of a solid cross or share a part of a face"),
    kind_of(402, "DUPLICATED_SHELLS", Error, "two shells of a solid are the same"),
    kind_of(403, "INNER_SHELL_OUTSIDE", Error, "an inner shell lies outside of the outer shell"),
    kind_of(404, "SOLID_INTERIOR_DISCONNECTED", Error, "inner shells cut a solid into pieces"),
    kind_of(405, "WRONG_ORIENTATION_SHELL", Error, "all faces of a shell look the wrong way"),
    kind_of(501, "INTERSECTION_SOLIDS", Error, "solids of a composite solid overlap"),
    kind_of(502, "DUPLICATED_SOLIDS", Error, "two solids of a composite solid are the same"),
    kind_of(503, "DISCONNECTED_SOLIDS", Error, "a composite solid is in several pieces"),
    kind_of(601, "BUILDINGPARTS_OVERLAP", Warning, "parts of a building overlap"),
    kind_of(609, "CITYOBJECT_HAS_NO_GEOMETRY", Severity::Info, "the object has no geometry"),
    kind_of(901, "INVALID_INPUT_FILE", Error, "a coordinate is no finite number"),
    kind_of(902, "EMPTY_PRIMITIVE", Error, "a solid or a surface has no faces"),
];

pub fn kind(code: u16) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.code == code)
}

/// What attributes say against geometry.
pub static THEMATIC: &[&str] = &[
    "height_missing",
    "height_implausible",
    "height_differs",
    "storeys_implausible",
    "code_unknown",
    "surface_ground_missing",
    "surface_roof_missing",
    "surface_wall_missing",
    "surface_unnamed",
    "id_repeated",
    "check_incomplete",
];

/// val3dity's number for a code of ours: of checks their own, of readers what the finding amounts to.
pub fn number_of(code: &str) -> Option<u16> {
    Some(match code {
        "ring_unclosed" => 103,
        "ring_too_short" => 101,
        "solid_empty" => 902,
        "xml_malformed" | "json_malformed" | "file_unreadable" | "file_broken" | "coordinate_invalid"
        | "vertex_missing" | "geometry_invalid" | "geometry_unknown" => 901,
        _ => return code.parse().ok().filter(|number| kind(*number).is_some()),
    })
}
