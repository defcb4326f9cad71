//! Small documents, one trait each.

use super::*;
use crate::{FormatError, Input};
use proptest::prelude::*;
use serde_json::json;
use stadtwin_model::{ClassId, GeometryKind, Issue, Lod, NO_SURFACE};

const NAMESPACES: &str = "xmlns='http://www.opengis.net/citygml/2.0' xmlns:gml='http://www.opengis.net/gml' \
    xmlns:bldg='http://www.opengis.net/citygml/building/2.0' xmlns:gen='http://www.opengis.net/citygml/generics/2.0' \
    xmlns:veg='http://www.opengis.net/citygml/vegetation/2.0' xmlns:dem='http://www.opengis.net/citygml/relief/2.0' \
    xmlns:xAL='urn:oasis:names:tc:ciq:xsdschema:xAL:2.0' xmlns:xlink='http://www.w3.org/1999/xlink' \
    xmlns:uro='https://www.geospatial.jp/iur/uro/3.0'";

const TRIANGLE: &str = "0 0 0 1 0 0 0 1 0 0 0 0";

pub fn document(members: &str) -> String {
    format!("<CityModel {NAMESPACES}>{members}</CityModel>")
}

pub fn building(content: &str) -> String {
    document(&format!(
        "<cityObjectMember><bldg:Building gml:id='b'>{content}</bldg:Building></cityObjectMember>"
    ))
}

fn polygon(id: &str) -> String {
    let ring = format!("<gml:LinearRing><gml:posList>{TRIANGLE}</gml:posList></gml:LinearRing>");
    format!("<gml:Polygon gml:id='{id}'><gml:exterior>{ring}</gml:exterior></gml:Polygon>")
}

pub fn member(id: &str) -> String {
    format!("<gml:surfaceMember>{}</gml:surfaceMember>", polygon(id))
}

fn wall(id: &str, polygon_id: &str) -> String {
    let surfaces = format!("<gml:MultiSurface>{}</gml:MultiSurface>", member(polygon_id));
    let property = format!("<bldg:lod2MultiSurface>{surfaces}</bldg:lod2MultiSurface>");
    format!("<bldg:boundedBy><bldg:WallSurface gml:id='{id}'>{property}</bldg:WallSurface></bldg:boundedBy>")
}

pub fn solid(members: &str) -> String {
    let shell =
        format!("<gml:exterior><gml:CompositeSurface>{members}</gml:CompositeSurface></gml:exterior>");
    format!("<bldg:lod2Solid><gml:Solid>{shell}</gml:Solid></bldg:lod2Solid>")
}

fn link(href: &str) -> String {
    format!("<gml:surfaceMember xlink:href='{href}'/>")
}

/// All objects of a text and all findings.
fn read_bytes(bytes: &[u8]) -> Result<(Vec<Parsed>, Vec<Issue>), FormatError> {
    let input = Input::memory("test", bytes);
    let mut file = CityGmlFile::open(input.clone())?;
    let (mut objects, mut issues, mut pending) = (Vec::new(), Vec::new(), Pending::default());
    while let Some(batch) = file.next_batch()? {
        let result = batch.parse();
        objects.extend(result.objects);
        issues.extend(result.issues);
        pending.extend(result.unresolved).unwrap();
    }
    issues.extend(file.issues());
    while !pending.is_empty() {
        objects.extend(resolve(&input, &mut pending)?);
    }
    issues.extend(objects.iter().flat_map(|object| object.issues.clone()));
    Ok((objects, issues))
}

pub fn read(text: &str) -> (Vec<Parsed>, Vec<String>) {
    let (objects, issues) = read_bytes(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
    (objects, issues.into_iter().map(|issue| issue.code).collect())
}

pub fn one(text: &str) -> Parsed {
    let (mut objects, _) = read(text);
    assert_eq!(objects.len(), 1, "{text}");
    objects.remove(0)
}

#[test]
fn the_header_is_known_before_the_members() {
    let envelope = "<gml:boundedBy><gml:Envelope srsName='EPSG:25832'><gml:lowerCorner srsDimension='3'>1 2 3</gml:lowerCorner>\
        <gml:upperCorner>4 5 6</gml:upperCorner></gml:Envelope></gml:boundedBy>";
    let text = document(&format!("<gml:name>Town &amp; land</gml:name>{envelope}"));
    let file = CityGmlFile::open(Input::memory("test", text.into_bytes())).unwrap();
    let header = file.header();
    assert_eq!(header.name.as_deref(), Some("Town & land"));
    assert_eq!((header.version.as_str(), header.srs_name.as_deref()), ("2.0", Some("EPSG:25832")));
    let envelope = header.envelope.unwrap();
    assert_eq!((envelope.min, envelope.max), ([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]));
}

#[test]
fn documents_of_other_kinds_are_refused() {
    for text in
        ["", "no xml", "<html/>", "<gml:FeatureCollection/>", "<kml xmlns='http://www.opengis.net/kml/2.2'/>"]
    {
        assert!(read_bytes(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn roots_of_all_kinds_are_read() {
    let object = "<bldg:Building gml:id='b'/>";
    let bldg = "xmlns:bldg='http://www.opengis.net/citygml/building/1.0'";
    let texts = [
        building(""),
        format!(
            "<CityModel xmlns='http://www.opengis.net/citygml/1.1' {bldg}><cityObjectMember>{object}</cityObjectMember></CityModel>"
        ),
        format!("<CityModel><cityObjectMember>{object}</cityObjectMember></CityModel>"),
        "<CityModel><cityObjectMember><Building gml:id='b'/></cityObjectMember></CityModel>".to_owned(),
        format!("<bldg:Building gml:id='b' {bldg}/>"),
        format!("<wfs:FeatureCollection {bldg}><wfs:member>{object}</wfs:member></wfs:FeatureCollection>"),
        format!(
            "<wfs:FeatureCollection {bldg}><gml:featureMembers>{object}</gml:featureMembers></wfs:FeatureCollection>"
        ),
    ];
    for text in texts {
        let parsed = one(&text);
        assert_eq!((parsed.object.class.name(), parsed.object.id.as_str()), ("Building", "b"), "{text}");
    }
}

#[test]
fn a_solid_takes_its_faces_from_the_surfaces() {
    for href in ["#p", "p"] {
        let parsed = one(&building(&format!("{}{}{}", solid(&link(href)), wall("w", "p"), wall("x", "q"))));
        assert_eq!(parsed.polygon_count, 2);
        let [first, second] = parsed.object.geometries.as_slice() else {
            panic!("{:?}", parsed.object.geometries)
        };
        assert_eq!((first.kind, first.lod, first.faces.len()), (GeometryKind::Solid, Lod::whole(2), 1));
        assert_eq!(first.surfaces[first.faces[0].surface as usize].id, "w");
        assert_eq!((second.kind, second.faces.len()), (GeometryKind::MultiSurface, 1));
        assert_eq!(second.surfaces[0].id, "x");
    }
}

#[test]
fn surfaces_may_point_at_the_solid_and_repeat_nothing() {
    let pointing = "<bldg:boundedBy><bldg:RoofSurface gml:id='r'><bldg:lod2MultiSurface><gml:MultiSurface>\
        <gml:surfaceMember xlink:href='#p'/></gml:MultiSurface></bldg:lod2MultiSurface></bldg:RoofSurface></bldg:boundedBy>";
    let again = format!(
        "<bldg:lod2MultiSurface><gml:MultiSurface>{}</gml:MultiSurface></bldg:lod2MultiSurface>",
        link("#p")
    );
    let parsed = one(&building(&format!("{}{again}{pointing}", solid(&member("p")))));
    assert_eq!(parsed.object.geometries.len(), 1);
    let geometry = &parsed.object.geometries[0];
    assert_eq!((geometry.faces.len(), geometry.surfaces[0].class.name()), (1, "RoofSurface"));
}

#[test]
fn inner_shells_and_turned_surfaces_are_kept() {
    let turned = format!(
        "<gml:OrientableSurface orientation='-'><gml:baseSurface>{}</gml:baseSurface></gml:OrientableSurface>",
        polygon("t")
    );
    let shell =
        |inside: &str| format!("<gml:Shell><gml:surfaceMember>{inside}</gml:surfaceMember></gml:Shell>");
    let text = format!(
        "<gml:exterior>{}</gml:exterior><gml:interior>{}</gml:interior>",
        shell(&polygon("p")),
        shell(&turned)
    );
    let parsed = one(&building(&format!("<bldg:lod1Solid><gml:Solid>{text}</gml:Solid></bldg:lod1Solid>")));
    let geometry = &parsed.object.geometries[0];
    assert_eq!((geometry.shells.as_slice(), geometry.faces.len()), (&[0, 1][..], 2));
    assert_eq!(geometry.ring(0), [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);
    assert_eq!(geometry.ring(1), [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]);
}

#[test]
fn openings_know_the_wall_they_fill() {
    let window = format!(
        "<bldg:opening><bldg:Window gml:id='o'><bldg:lod3MultiSurface>{}</bldg:lod3MultiSurface></bldg:Window></bldg:opening>",
        polygon("q")
    );
    let text = format!(
        "<bldg:boundedBy><bldg:WallSurface gml:id='w'><bldg:lod3MultiSurface>{}</bldg:lod3MultiSurface>{window}</bldg:WallSurface></bldg:boundedBy>",
        polygon("p")
    );
    let parsed = one(&building(&text));
    let geometry = &parsed.object.geometries[0];
    assert_eq!(geometry.faces.len(), 2);
    let window = geometry.surfaces.iter().find(|surface| surface.class.name() == "Window").unwrap();
    assert_eq!(
        window.parent.and_then(|parent| geometry.surfaces.get(parent as usize)).map(|wall| wall.id.as_str()),
        Some("w")
    );
}

#[test]
fn links_across_members_are_resolved_and_broken_ones_told() {
    let other = format!(
        "<cityObjectMember><bldg:Building gml:id='c'>{}</bldg:Building></cityObjectMember>",
        wall("w", "p")
    );
    let first = format!(
        "<cityObjectMember><bldg:Building gml:id='b'>{}{}</bldg:Building></cityObjectMember>",
        solid(&link("#p")),
        ""
    );
    let (objects, issues) = read(&document(&format!("{first}{other}")));
    let b = objects.iter().find(|parsed| parsed.object.id == "b").unwrap();
    assert_eq!((b.object.geometries[0].faces.len(), b.polygon_count, issues.len()), (1, 0, 0));
    let (objects, issues) = read(&building(&solid(&link("#nowhere"))));
    assert_eq!((objects.len(), issues), (1, vec!["xlink_unresolved".to_owned()]));
    for (href, code) in
        [("other.gml#p", "xlink_unresolved"), ("http://example.org/other.gml#p", "xlink_external")]
    {
        let (_, issues) = read(&building(&solid(&link(href))));
        assert_eq!(issues, [code], "{href}");
    }
}

#[test]
fn links_in_a_circle_end() {
    let circle = "<gml:surfaceMember><gml:CompositeSurface gml:id='x'><gml:surfaceMember xlink:href='#x'/></gml:CompositeSurface></gml:surfaceMember>";
    let (objects, issues) = read(&building(&solid(circle)));
    assert_eq!((objects.len(), issues.first().map(String::as_str)), (1, Some("xlink_cycle")));
    // Each level doubles the one below.
    let doubling: String = (0..40)
        .map(|level| format!("<gml:surfaceMember><gml:CompositeSurface gml:id='x{level}'>{0}{0}</gml:CompositeSurface></gml:surfaceMember>", link(&format!("#x{}", level + 1))))
        .collect();
    assert_eq!(read(&building(&solid(&doubling))).0.len(), 1);
}

#[test]
fn rings_are_opened_checked_and_read_in_every_spelling() {
    let face = |ring: &str| {
        building(&format!(
            "<bldg:lod1MultiSurface><gml:Polygon><gml:exterior><gml:LinearRing>{ring}</gml:LinearRing></gml:exterior></gml:Polygon></bldg:lod1MultiSurface>"
        ))
    };
    let cases = [
        ("<gml:posList>0 0 0 1 0 0 0 1 0 0 0 0</gml:posList>", 3, ""),
        ("<gml:posList srsDimension='2'>0 0 1 0 0 1 0 0</gml:posList>", 3, "coordinates_flat"),
        ("<gml:posList>0 0 0 1e0 0 0 0 1 0 5 5 5</gml:posList>", 4, "ring_unclosed"),
        ("<gml:coordinates>0,0,0 1,0,0 0,1,0 0,0,0</gml:coordinates>", 3, ""),
        (
            "<gml:pos>0 0 0</gml:pos><gml:pos>1 0 0</gml:pos><gml:pos>0 1 0</gml:pos><gml:pos>0 0 0</gml:pos>",
            3,
            "",
        ),
        ("<gml:posList>0 0 0 1 0 0 0 0 0</gml:posList>", 0, "ring_too_short"),
        ("<gml:posList>0 0 NaN 1 0 0 0 1 0</gml:posList>", 0, "coordinate_invalid"),
        ("<gml:posList>0 0 0 1 0</gml:posList>", 0, "coordinate_invalid"),
        ("", 0, "ring_too_short"),
    ];
    for (ring, points, issue) in cases {
        let (objects, issues) = read(&face(ring));
        let found = objects[0].object.geometries.first().map_or(0, |geometry| geometry.points.len());
        assert_eq!((found, issues.first().map_or("", String::as_str)), (points, issue), "{ring}");
    }
}

#[test]
fn attributes_are_typed() {
    let text = "<gml:name>A</gml:name><creationDate>2020-01-02</creationDate><bldg:function>1000</bldg:function><bldg:function>2000</bldg:function>\
        <bldg:measuredHeight uom='cm'>1250</bldg:measuredHeight><bldg:storeysAboveGround>3</bldg:storeysAboveGround>\
        <gen:stringAttribute name='function'><gen:value>gen</gen:value></gen:stringAttribute>\
        <gen:intAttribute name='n'><gen:value>7</gen:value></gen:intAttribute>\
        <gen:genericAttributeSet name='set'><gen:doubleAttribute name='d'><gen:value>1.5</gen:value></gen:doubleAttribute></gen:genericAttributeSet>\
        <gen:measureAttribute name='area'><gen:value uom='m2'>12</gen:value></gen:measureAttribute>\
        <externalReference><informationSystem>alkis</informationSystem><externalObject><name>DEBY1</name></externalObject></externalReference>\
        <uro:key>a</uro:key><uro:key>b</uro:key><uro:function>c</uro:function><uro:detail><uro:Detail><uro:year>1990</uro:year><uro:flag>true</uro:flag></uro:Detail></uro:detail>\
        <bldg:address><Address><xalAddress><xAL:AddressDetails><xAL:Country><xAL:CountryName>Germany</xAL:CountryName><xAL:Locality>\
        <xAL:LocalityName>Town</xAL:LocalityName><xAL:Thoroughfare><xAL:ThoroughfareNumber>5a</xAL:ThoroughfareNumber>\
        <xAL:ThoroughfareName>Road</xAL:ThoroughfareName></xAL:Thoroughfare></xAL:Locality></xAL:Country></xAL:AddressDetails></xalAddress></Address></bldg:address>";
    let expected = json!({
        "name": "A", "creationDate": "2020-01-02", "function": ["1000", "2000"], "measuredHeight": 12.5, "storeysAboveGround": 3,
        "externalReferences": [{"informationSystem": "alkis", "name": "DEBY1"}],
        "detail": {"@type": "uro:Detail", "year": 1990, "flag": true},
        "address": [{"country": "Germany", "locality": "Town", "number": "5a", "street": "Road"}],
        "key": ["a", "b"], "uro_function": "c", "gen_function": "gen", "n": 7, "set": {"d": 1.5}, "area": 12.0, "area_uom": "m2"
    });
    assert_eq!(serde_json::Value::Object(one(&building(text)).object.attributes), expected);
}

#[test]
fn version_3_is_read_with_the_same_names() {
    let text = "<CityModel xmlns='http://www.opengis.net/citygml/3.0' xmlns:gml='http://www.opengis.net/gml/3.2' \
        xmlns:bldg='http://www.opengis.net/citygml/building/3.0' xmlns:con='http://www.opengis.net/citygml/construction/3.0' \
        xmlns:gen='http://www.opengis.net/citygml/generics/3.0' xmlns:xAL='urn:oasis:names:tc:ciq:xal:3'><cityObjectMember><bldg:Building gml:id='b'>\
        <genericAttribute><gen:IntAttribute><gen:name>n</gen:name><gen:value>7</gen:value></gen:IntAttribute></genericAttribute>\
        <externalReference><ExternalReference><targetResource>urn:x</targetResource><informationSystem>s</informationSystem></ExternalReference></externalReference>\
        <boundary><con:WallSurface gml:id='w'><lod2MultiSurface>POLYGON</lod2MultiSurface></con:WallSurface></boundary>\
        <con:dateOfConstruction>1985-05-06</con:dateOfConstruction>\
        <con:height><con:Height><con:status>measured</con:status><con:value uom='m'>9.5</con:value></con:Height></con:height>\
        <bldg:address><Address><xalAddress><xAL:Address><xAL:Locality><xAL:NameElement>Town</xAL:NameElement></xAL:Locality>\
        <xAL:Thoroughfare><xAL:NameElement>Road</xAL:NameElement><xAL:Number>5</xAL:Number></xAL:Thoroughfare></xAL:Address></xalAddress></Address></bldg:address>\
        <bldg:buildingRoom><bldg:BuildingRoom gml:id='r'/></bldg:buildingRoom></bldg:Building></cityObjectMember></CityModel>";
    let parsed = one(&text.replace("POLYGON", &polygon("p")));
    let attributes = &parsed.object.attributes;
    assert_eq!(attributes["n"], 7);
    assert_eq!(
        (&attributes["measuredHeight"], &attributes["yearOfConstruction"]),
        (&json!(9.5), &json!(1985))
    );
    assert_eq!(attributes["externalReferences"], json!([{"informationSystem": "s", "uri": "urn:x"}]));
    assert_eq!(attributes["address"], json!([{"locality": "Town", "street": "Road", "number": "5"}]));
    assert_eq!(parsed.object.children[0].class.name(), "BuildingRoom");
    assert_eq!(parsed.object.geometries[0].surfaces[0].class.name(), "WallSurface");
}

#[test]
fn unknown_heights_and_missing_ids_are_told() {
    let (_, issues) = read(&building("<bldg:measuredHeight uom='m'>-9999</bldg:measuredHeight>"));
    assert_eq!(issues, ["height_unknown"]);
    let nameless = |gap: &str| {
        document(&format!(
            "<cityObjectMember><bldg:Building>{gap}<bldg:class>x</bldg:class></bldg:Building></cityObjectMember>"
        ))
    };
    let (first, issues) = read(&nameless(""));
    assert_eq!(issues, ["id_missing"]);
    assert_eq!(first[0].object.id, read(&nameless("\n  ")).0[0].object.id);
    assert!(first[0].object.id.starts_with("building-"));
}

#[test]
fn implicit_geometry_is_put_in_its_place() {
    let tree = |shape: &str| {
        document(&format!(
            "<cityObjectMember><veg:SolitaryVegetationObject gml:id='t'><veg:lod2ImplicitRepresentation><ImplicitGeometry>{shape}\
        <referencePoint><gml:Point><gml:pos>10 20 30</gml:pos></gml:Point></referencePoint></ImplicitGeometry>\
        </veg:lod2ImplicitRepresentation></veg:SolitaryVegetationObject></cityObjectMember>"
        ))
    };
    let matrix = "<transformationMatrix>2 0 0 0 0 2 0 0 0 0 2 1 0 0 0 1</transformationMatrix>";
    let parsed = one(&tree(&format!("{matrix}<relativeGMLGeometry>{}</relativeGMLGeometry>", polygon("p"))));
    let [implicit] = parsed.object.implicit_geometries.as_slice() else { panic!("{parsed:?}") };
    assert_eq!((implicit.template.id.as_str(), implicit.reference_point), ("p", [10.0, 20.0, 30.0]));
    let geometry = implicit.placed();
    assert_eq!(
        (geometry.role.as_str(), geometry.lod, geometry.ring(0)),
        ("implicit", Lod::whole(2), &[[10.0, 20.0, 31.0], [12.0, 20.0, 31.0], [10.0, 22.0, 31.0]][..])
    );
    let parsed = one(&tree("<libraryObject>http://x/tree.glb</libraryObject>"));
    let library = &parsed.object.implicit_geometries[0];
    assert_eq!(library.template.library_object.as_deref(), Some("http://x/tree.glb"));
    assert_eq!(
        (library.placed().kind, library.placed().points[0]),
        (GeometryKind::MultiPoint, [10.0, 20.0, 30.0])
    );
    let (_, issues) =
        read(&tree("<transformationMatrix>1 2</transformationMatrix><libraryObject>x</libraryObject>"));
    assert_eq!(issues, ["implicit_matrix_invalid"]);
}

#[test]
fn prototypes_are_shared_within_and_across_members() {
    let implicit = |shape: &str, east: u32| {
        format!(
            "<ImplicitGeometry><relativeGMLGeometry{shape}</relativeGMLGeometry><referencePoint><gml:Point>\
        <gml:pos>{east} 0 0</gml:pos></gml:Point></referencePoint></ImplicitGeometry>"
        )
    };
    let window = |id: &str, shape: &str, east: u32| {
        format!(
            "<bldg:opening><bldg:Window gml:id='{id}'><bldg:lod3ImplicitRepresentation>{}\
        </bldg:lod3ImplicitRepresentation></bldg:Window></bldg:opening>",
            implicit(shape, east)
        )
    };
    let wall = |windows: &str| {
        format!("<bldg:boundedBy><bldg:WallSurface gml:id='w'>{windows}</bldg:WallSurface></bldg:boundedBy>")
    };
    let own = window("a", &format!(">{}", polygon("p")), 1);
    let linked = window("b", " xlink:href='#p'>", 2);
    let house = |id: &str, content: &str| {
        format!("<cityObjectMember><bldg:Building gml:id='{id}'>{content}</bldg:Building></cityObjectMember>")
    };
    let text = document(
        &[house("x", &wall(&(own + &linked))), house("y", &wall(&window("c", " xlink:href='#p'>", 3)))]
            .concat(),
    );
    let (objects, issues) = read(&text);
    assert_eq!((objects.len(), issues), (2, vec![]));
    let [a, b] = objects[0].object.implicit_geometries.as_slice() else { panic!("{objects:?}") };
    assert!(std::sync::Arc::ptr_eq(&a.template, &b.template));
    assert_eq!(objects[1].object.implicit_geometries[0].template, a.template);
    let surfaces: Vec<_> = b.surfaces.iter().map(|surface| (surface.id.as_str(), surface.parent)).collect();
    assert_eq!(surfaces, [("w", None), ("b", Some(0))]);
}

#[test]
fn terrain_and_extensions_are_kept() {
    let patch = format!(
        "<gml:Triangle><gml:exterior><gml:LinearRing><gml:posList>{TRIANGLE}</gml:posList></gml:LinearRing></gml:exterior></gml:Triangle>"
    );
    let relief = format!(
        "<cityObjectMember><dem:ReliefFeature gml:id='r'><dem:lod>1</dem:lod><dem:reliefComponent><dem:TINRelief gml:id='t'><dem:lod>1</dem:lod>\
        <dem:tin><gml:TriangulatedSurface><gml:trianglePatches>{patch}{patch}</gml:trianglePatches></gml:TriangulatedSurface></dem:tin></dem:TINRelief>\
        </dem:reliefComponent></dem:ReliefFeature></cityObjectMember>"
    );
    let parsed = one(&document(&relief));
    let tin = &parsed.object.children[0].geometries[0];
    assert_eq!(
        (tin.kind, tin.lod, tin.role.as_str(), tin.faces.len(), parsed.polygon_count),
        (GeometryKind::Tin, Lod::whole(1), "tin", 2, 2)
    );
    assert_eq!(tin.faces[0].surface, NO_SURFACE);
    let parsed = one(&document(
        "<cityObjectMember><uro:Waterway gml:id='u'><uro:x>1</uro:x></uro:Waterway></cityObjectMember>",
    ));
    assert_eq!(
        (parsed.object.class.name(), parsed.object.source_class.as_deref()),
        ("GenericCityObject", Some("uro:Waterway"))
    );
}

#[test]
fn undeclared_prefixes_and_broken_members_leave_the_rest() {
    let (objects, issues) = read(&building("<energy:x>1</energy:x>"));
    assert_eq!((objects.len(), issues), (1, vec!["prefix_undeclared".to_owned()]));
    let broken = "<cityObjectMember><bldg:Building gml:id='a'><x></bldg:Building></cityObjectMember>";
    let good = "<cityObjectMember><bldg:Building gml:id='b'/></cityObjectMember>";
    let (objects, issues) = read(&document(&format!("{good}{broken}{good}")));
    assert_eq!((objects.len(), issues), (2, vec!["xml_malformed".to_owned()]));
    let (objects, issues) = read(&format!("<CityModel {NAMESPACES}>{good}<cityObjectMember>"));
    assert_eq!((objects.len(), issues), (1, vec!["xml_malformed".to_owned()]));
}

#[test]
fn undecodable_text_is_told() {
    let text = building("<gml:name>X</gml:name>").into_bytes();
    let bytes: Vec<u8> = text.iter().map(|byte| if *byte == b'X' { 0xe4 } else { *byte }).collect();
    let (objects, issues) = read_bytes(&bytes).unwrap();
    assert_eq!(objects[0].object.attributes["name"], "\u{fffd}");
    assert_eq!(issues[0].code, "encoding_invalid");
}

#[test]
fn srs_names_of_members_win() {
    let text = building(&format!(
        "<bldg:lod1MultiSurface>{}</bldg:lod1MultiSurface>",
        polygon("p").replace("<gml:Polygon", "<gml:Polygon srsName='EPSG:1'")
    ));
    assert_eq!(one(&text).srs_name.as_deref(), Some("EPSG:1"));
    assert_eq!(one(&building("")).srs_name, None);
    let address = "<bldg:address><Address><multiPoint><gml:MultiPoint srsName='EPSG:4326'/></multiPoint></Address></bldg:address>";
    assert_eq!(one(&building(address)).srs_name, None);
}

#[test]
fn batches_cover_a_long_file() {
    let members: String = (0..3000)
        .map(|n| {
            format!(
                "<cityObjectMember><bldg:Building gml:id='b{n}'>{}</bldg:Building></cityObjectMember>\n",
                wall("w", "p")
            )
        })
        .collect();
    let mut file = CityGmlFile::open(Input::memory("test", document(&members).into_bytes())).unwrap();
    let (mut ids, mut batches, mut lines) = (Vec::new(), 0, Vec::new());
    while let Some(batch) = file.next_batch().unwrap() {
        batches += 1;
        assert!(batch.size_bytes() < 600_000);
        for parsed in batch.parse().objects {
            ids.push(parsed.object.id);
            lines.push(parsed.line);
        }
    }
    assert!(batches > 3);
    assert_eq!(ids, (0..3000).map(|n| format!("b{n}")).collect::<Vec<_>>());
    assert_eq!(lines, (1..=3000).collect::<Vec<_>>());
}

fn sample() -> Vec<u8> {
    let text = format!(
        "{}{}{}<bldg:measuredHeight>3</bldg:measuredHeight>",
        solid(&link("#p")),
        wall("w", "p"),
        wall("x", "q")
    );
    building(&text).into_bytes()
}

proptest! {
    #[test]
    fn changed_files_are_survived(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..12)) {
        let mut bytes = sample();
        for (at, byte, what) in changes {
            if bytes.len() < 2 {
                break;
            }
            let at = at.index(bytes.len());
            match what {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => drop(bytes.remove(at)),
                _ => bytes.truncate(at.max(1)),
            }
        }
        let _ = read_bytes(&bytes);
    }

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_bytes(&bytes);
        let inside = [b"<CityModel><cityObjectMember><Building>".to_vec(), bytes].concat();
        let _ = read_bytes(&inside);
    }
}

#[test]
fn classes_have_names() {
    assert_eq!(super::names::generic_class(true).name(), "GenericThematicSurface");
    assert_ne!(super::names::generic_class(false), ClassId(u16::MAX));
}
