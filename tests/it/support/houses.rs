//! Houses whose measures are known by hand, as members of a CityGML 2.0 document.

/// A corner, and a face of corners counter-clockwise from outside.
type Corner = [f64; 3];
type Face = Vec<Corner>;

/// A boundary surface: class, what stands behind the house's id, face.
struct Surface(&'static str, &'static str, Face);

/// 10 m wide, 12 m long, eaves at 6 m, ridge along its length at 11 m, on the ground at 480 m.
///
/// Hand: volume 10 · 12 · 6 + 10 · 5 / 2 · 12 = 1020 m³; slopes 12 · √50 = 84.853 m² each, at 45°; gable walls
/// 60 + 25 = 85 m², side walls 72 m², floor 120 m²; all together 2 · (84.853 + 85 + 72) + 120 = 603.706 m².
/// Slope `a` looks east and `b` west; turned clockwise by a right angle, `a` looks south and `b` north.
pub fn gable(id: &str, [x, y]: [f64; 2], is_turned: bool) -> String {
    let at = |a: f64, b: f64, c: f64| match is_turned {
        false => [x + a, y + b, 480.0 + c],
        true => [x + b, y + 10.0 - a, 480.0 + c],
    };
    let surfaces = [
        Surface(
            "GroundSurface",
            "floor",
            vec![at(0., 0., 0.), at(0., 12., 0.), at(10., 12., 0.), at(10., 0., 0.)],
        ),
        Surface(
            "WallSurface",
            "front",
            vec![at(0., 0., 0.), at(10., 0., 0.), at(10., 0., 6.), at(5., 0., 11.), at(0., 0., 6.)],
        ),
        Surface(
            "WallSurface",
            "back",
            vec![at(10., 12., 0.), at(0., 12., 0.), at(0., 12., 6.), at(5., 12., 11.), at(10., 12., 6.)],
        ),
        Surface(
            "WallSurface",
            "right",
            vec![at(10., 0., 0.), at(10., 12., 0.), at(10., 12., 6.), at(10., 0., 6.)],
        ),
        Surface(
            "WallSurface",
            "left",
            vec![at(0., 12., 0.), at(0., 0., 0.), at(0., 0., 6.), at(0., 12., 6.)],
        ),
        Surface(
            "RoofSurface",
            "a",
            vec![at(10., 0., 6.), at(10., 12., 6.), at(5., 12., 11.), at(5., 0., 11.)],
        ),
        Surface("RoofSurface", "b", vec![at(0., 12., 6.), at(0., 0., 6.), at(5., 0., 11.), at(5., 12., 11.)]),
    ];
    member(id, &bounded_solid(id, &surfaces))
}

/// 10 × 10 m, 6 m high, with a flat roof of 14 × 14 m: 2 m stick out beyond the floor on every side. No solid.
pub fn overhanging(id: &str, [x, y]: [f64; 2]) -> String {
    let square = |from: f64, to: f64, z: f64| {
        [[from, from], [to, from], [to, to], [from, to]].map(|[a, b]| [x + a, y + b, 480.0 + z])
    };
    let mut floor = square(0.0, 10.0, 0.0).to_vec();
    floor.reverse();
    let surfaces = [
        Surface("GroundSurface", "floor", floor),
        Surface("RoofSurface", "roof", square(-2.0, 12.0, 6.0).to_vec()),
    ];
    member(id, &surfaces.iter().map(|surface| bounded(id, surface)).collect::<String>())
}

/// A house without a shape of its own: part `{id}_1` is 10 × 8 × 6 m, with an installation `{id}_1_i`, and part `{id}_2` is
/// 2 × 2 × 2 m and stands 20 m east of it. Hand: 480 m³ within 376 m², and 8 m³ within 24 m².
pub fn in_parts(id: &str, place: [f64; 2]) -> String {
    let [x, y] = place;
    let part = |number: usize, inside: String| {
        format!(
            "<bldg:consistsOfBuildingPart><bldg:BuildingPart gml:id='{id}_{number}'>{inside}</bldg:BuildingPart>\
             </bldg:consistsOfBuildingPart>"
        )
    };
    let installation = format!(
        "<bldg:outerBuildingInstallation><bldg:BuildingInstallation gml:id='{id}_1_i'><bldg:function>1040</bldg:function>\
         <bldg:lod2Geometry><gml:MultiSurface><gml:surfaceMember>{}</gml:surfaceMember></gml:MultiSurface>\
         </bldg:lod2Geometry></bldg:BuildingInstallation></bldg:outerBuildingInstallation>",
        polygon(&format!("{id}_1_ip"), &cuboid(place, [2.0, 2.0, 8.0]).remove(1))
    );
    let first = format!(
        "<bldg:measuredHeight uom='m'>6</bldg:measuredHeight>{installation}{}",
        solid(&format!("{id}_1"), &cuboid(place, [10.0, 8.0, 6.0]))
    );
    let second = solid(&format!("{id}_2"), &cuboid([x + 20.0, y], [2.0, 2.0, 2.0]));
    member(id, &(part(1, first) + &part(2, second)))
}

/// One wall of 10 × 3 m that looks south, with a window of 2 × 1 m in a hole of it, in LoD3; and the outline of a roof in
/// LoD2.
pub fn with_window(id: &str, [x, y]: [f64; 2]) -> String {
    let at = |a: f64, z: f64| [x + a, y, 480.0 + z];
    let (outline, hole) = (
        [at(0.0, 0.0), at(10.0, 0.0), at(10.0, 3.0), at(0.0, 3.0)],
        [at(4.0, 1.0), at(4.0, 2.0), at(6.0, 2.0), at(6.0, 1.0)],
    );
    let mut window = hole;
    window.reverse();
    let holed = format!(
        "<gml:Polygon gml:id='{id}_wall_p'><gml:exterior>{}</gml:exterior><gml:interior>{}</gml:interior></gml:Polygon>",
        ring(&outline),
        ring(&hole)
    );
    let surface = |lod: u8, polygon: &str| {
        format!(
            "<bldg:lod{lod}MultiSurface><gml:MultiSurface><gml:surfaceMember>{polygon}</gml:surfaceMember>\
             </gml:MultiSurface></bldg:lod{lod}MultiSurface>"
        )
    };
    let wall = format!(
        "<bldg:boundedBy><bldg:WallSurface gml:id='{id}_wall'>{}<bldg:opening><bldg:Window gml:id='{id}_window'>{}\
         </bldg:Window></bldg:opening></bldg:WallSurface></bldg:boundedBy>",
        surface(3, &holed),
        surface(3, &polygon(&format!("{id}_window_p"), &window))
    );
    let roof = [[x, y, 483.0], [x + 10.0, y, 483.0], [x + 10.0, y + 5.0, 483.0], [x, y + 5.0, 483.0]];
    let roof = format!(
        "<bldg:boundedBy><bldg:RoofSurface gml:id='{id}_roof'>{}</bldg:RoofSurface></bldg:boundedBy>",
        surface(2, &polygon(&format!("{id}_roof_p"), &roof))
    );
    member(id, &(wall + &roof))
}

/// The faces of a box, outwards; the second is its ceiling.
fn cuboid([x, y]: [f64; 2], [dx, dy, dz]: [f64; 3]) -> Vec<Face> {
    let at = |a: f64, b: f64, c: f64| [x + a * dx, y + b * dy, 480.0 + c * dz];
    vec![
        vec![at(0., 0., 0.), at(0., 1., 0.), at(1., 1., 0.), at(1., 0., 0.)],
        vec![at(0., 0., 1.), at(1., 0., 1.), at(1., 1., 1.), at(0., 1., 1.)],
        vec![at(0., 0., 0.), at(1., 0., 0.), at(1., 0., 1.), at(0., 0., 1.)],
        vec![at(1., 0., 0.), at(1., 1., 0.), at(1., 1., 1.), at(1., 0., 1.)],
        vec![at(1., 1., 0.), at(0., 1., 0.), at(0., 1., 1.), at(1., 1., 1.)],
        vec![at(0., 1., 0.), at(0., 0., 0.), at(0., 0., 1.), at(0., 1., 1.)],
    ]
}

fn member(id: &str, inside: &str) -> String {
    format!(
        "<core:cityObjectMember><bldg:Building gml:id='{id}'>{inside}</bldg:Building></core:cityObjectMember>"
    )
}

fn ring(corners: &[Corner]) -> String {
    let closed = corners.iter().chain(corners.first());
    let numbers: Vec<_> = closed.map(|[x, y, z]| format!("{x} {y} {z}")).collect();
    format!(
        "<gml:LinearRing><gml:posList srsDimension='3'>{}</gml:posList></gml:LinearRing>",
        numbers.join(" ")
    )
}

fn polygon(id: &str, face: &[Corner]) -> String {
    format!("<gml:Polygon gml:id='{id}'><gml:exterior>{}</gml:exterior></gml:Polygon>", ring(face))
}

fn bounded(id: &str, Surface(class, name, face): &Surface) -> String {
    format!(
        "<bldg:boundedBy><bldg:{class} gml:id='{id}_{name}'><bldg:lod2MultiSurface><gml:MultiSurface><gml:surfaceMember>{}\
         </gml:surfaceMember></gml:MultiSurface></bldg:lod2MultiSurface></bldg:{class}></bldg:boundedBy>",
        polygon(&format!("{id}_{name}_p"), face)
    )
}

/// A solid that names the polygons of its surfaces.
fn bounded_solid(id: &str, surfaces: &[Surface]) -> String {
    let named = surfaces
        .iter()
        .map(|Surface(_, name, _)| format!("<gml:surfaceMember xlink:href='#{id}_{name}_p'/>"));
    shell(&named.collect::<String>())
        + &surfaces.iter().map(|surface| bounded(id, surface)).collect::<String>()
}

fn solid(id: &str, faces: &[Face]) -> String {
    let faces = faces.iter().enumerate().map(|(index, face)| {
        format!("<gml:surfaceMember>{}</gml:surfaceMember>", polygon(&format!("{id}_p{index}"), face))
    });
    shell(&faces.collect::<String>())
}

fn shell(members: &str) -> String {
    format!(
        "<bldg:lod2Solid><gml:Solid><gml:exterior><gml:CompositeSurface>{members}</gml:CompositeSurface></gml:exterior>\
         </gml:Solid></bldg:lod2Solid>"
    )
}
