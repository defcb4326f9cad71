//! What the schemas of the versions ask of the same city; expected texts after the official schemas.

use super::super::schema::Version;
use super::super::tests::{building, document, read};
use super::super::{CityGmlWriter, WriteOptions};
use crate::Losses;
use stadtwin_model::CityObject;

fn objects(text: &str) -> Vec<CityObject> {
    read(text).0.into_iter().map(|parsed| parsed.object).collect()
}

fn written(objects: &[CityObject], version: Version) -> (String, Losses) {
    let mut writer = CityGmlWriter::new(Vec::new(), WriteOptions::new(version));
    objects.iter().for_each(|object| writer.write(object).unwrap());
    let (bytes, losses) = writer.finish().unwrap();
    (String::from_utf8(bytes).unwrap(), losses)
}

/// core.xsd: `xs:dateTime` in version 3; cityGMLBase.xsd: `xs:date` before.
#[test]
fn days_have_a_time_in_version_3_alone() {
    let cases = [
        ("2020-10-04", Version::V3, "2020-10-04T00:00:00"),
        ("2020-10-04Z", Version::V3, "2020-10-04T00:00:00Z"),
        ("2020-10-04", Version::V2, "2020-10-04"),
        ("2017-01-23T00:00:00+01:00", Version::V3, "2017-01-23T00:00:00+01:00"),
        ("2017-01-23T00:00:00+01:00", Version::V2, "2017-01-23+01:00"),
        ("2015-04-22T00:00:00", Version::V1, "2015-04-22"),
        ("2015-04-22T12:30:00.5Z", Version::V1, "2015-04-22Z"),
        ("once", Version::V3, "once"),
        ("Ende März", Version::V3, "Ende März"),
    ];
    for (said, version, expected) in cases {
        let city = objects(&building(&format!("<creationDate>{said}</creationDate>")));
        let (text, losses) = written(&city, version);
        let expected = format!("<core:creationDate>{expected}</core:creationDate>");
        assert!(text.contains(&expected), "{said} in {}: {text}", version.name());
        assert_eq!(losses.0.is_empty(), !said.contains("12:30"), "{said}: {losses:?}");
    }
}

fn polygon(height: u32) -> String {
    format!(
        "<gml:MultiSurface><gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing><gml:posList>0 0 {height} 1 0 {height} 0 1 {height} 0 0 {height}\
        </gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember></gml:MultiSurface>"
    )
}

/// One `lod0MultiSurface` an object in version 3, one `lod1MultiSurface` in version 1.
#[test]
fn footprint_and_roof_edge_share_the_one_property_of_other_versions() {
    let (low, high) = (polygon(0), polygon(3));
    let city = objects(&building(&format!(
        "<bldg:lod0FootPrint>{low}</bldg:lod0FootPrint><bldg:lod0RoofEdge>{high}</bldg:lod0RoofEdge>"
    )));
    for (version, property, elements) in [
        (Version::V3, "<core:lod0MultiSurface>", 1),
        (Version::V2, "<bldg:lod0RoofEdge>", 1),
        (Version::V1, "<bldg:lod1MultiSurface>", 1),
    ] {
        let (text, _) = written(&city, version);
        let count = |what: &str| text.matches(what).count();
        assert_eq!((count(property), count("<gml:Polygon")), (elements, 2), "{text}");
    }
}

/// `xs:ID` is unique in a document, and both buildings have the material `m`.
#[test]
fn names_of_looks_that_come_again_make_other_ids_and_the_same_names() {
    let member = |id: &str, polygon_id: &str| {
        let shape = polygon(0).replace("<gml:Polygon>", &format!("<gml:Polygon gml:id='{polygon_id}'>"));
        format!(
            "<cityObjectMember><bldg:Building gml:id='{id}'><bldg:lod2MultiSurface>{shape}</bldg:lod2MultiSurface></bldg:Building></cityObjectMember>"
        )
    };
    let look = "<app:appearanceMember><app:Appearance><app:surfaceDataMember><app:X3DMaterial gml:id='m'><app:diffuseColor>1 0 0\
        </app:diffuseColor><app:target>#p</app:target><app:target>#q</app:target></app:X3DMaterial></app:surfaceDataMember>\
        </app:Appearance></app:appearanceMember>";
    let city = document(&format!("{look}{}{}", member("a", "p"), member("b", "q"))).replacen(
        "<CityModel",
        "<CityModel xmlns:app='http://www.opengis.net/citygml/appearance/2.0'",
        1,
    );
    let city = objects(&city);
    let names = |city: &[CityObject]| -> Vec<String> {
        let worn =
            city.iter().flat_map(|object| &object.geometries).flat_map(|geometry| &geometry.appearances);
        worn.flat_map(|worn| &worn.materials).map(|material| material.name.clone()).collect()
    };
    assert_eq!(names(&city), ["m", "m"]);
    for version in Version::ALL {
        let (text, _) = written(&city, version);
        assert_eq!(text.matches("gml:id=\"m\"").count(), 1, "{text}");
        assert_eq!(names(&objects(&text)), ["m", "m"], "{text}");
    }
}

/// A `gml:Triangle` has no id in GML: the surface has one, where all triangles look the same.
#[test]
fn looks_of_a_whole_terrain_are_meant_for_its_surface() {
    let triangle = |id: &str, list: &str| {
        format!(
            "<gml:Triangle><gml:exterior><gml:LinearRing gml:id='{id}'><gml:posList>{list}</gml:posList></gml:LinearRing></gml:exterior></gml:Triangle>"
        )
    };
    let pairs = |ring: &str| {
        format!("<app:textureCoordinates ring='#{ring}'>0 0 1 0 0 1 0 0</app:textureCoordinates>")
    };
    let text = document(&format!(
        "<cityObjectMember><dem:TINRelief gml:id='t'><app:appearance><app:Appearance><app:surfaceDataMember><app:ParameterizedTexture>\
        <app:imageURI>a.png</app:imageURI><app:target uri='#s'><app:TexCoordList>{}{}</app:TexCoordList></app:target>\
        </app:ParameterizedTexture></app:surfaceDataMember></app:Appearance></app:appearance><dem:lod>1</dem:lod><dem:tin>\
        <gml:TriangulatedSurface gml:id='s'><gml:trianglePatches>{}{}</gml:trianglePatches></gml:TriangulatedSurface></dem:tin>\
        </dem:TINRelief></cityObjectMember>",
        pairs("x"),
        pairs("y"),
        triangle("x", "0 0 0 1 0 0 0 1 0 0 0 0"),
        triangle("y", "1 0 0 1 1 0 0 1 0 1 0 0"),
    ));
    let text = text.replacen(
        "<CityModel",
        "<CityModel xmlns:app='http://www.opengis.net/citygml/appearance/2.0'",
        1,
    );
    let city = objects(&text);
    assert_eq!(city[0].geometries[0].appearances[0].face_textures, [0, 0]);
    for version in Version::ALL {
        let (text, _) = written(&city, version);
        assert!(!text.contains("<gml:Triangle gml:id"), "{text}");
        assert_eq!(text.matches("<app:TexCoordList>").count(), 1, "{text}");
        assert_eq!(objects(&text)[0].geometries, city[0].geometries, "{text}");
    }
}

/// cityObjectGroup.xsd of version 3: `grp:Role/grp:groupMember` has a link and no content.
#[test]
fn members_of_groups_stand_outside_in_version_3() {
    let city = objects(&document(
        "<cityObjectMember><grp:CityObjectGroup xmlns:grp='http://www.opengis.net/citygml/cityobjectgroup/2.0' gml:id='g'>\
        <grp:groupMember role='museum'><bldg:Building gml:id='b'/></grp:groupMember></grp:CityObjectGroup></cityObjectMember>",
    ));
    let (text, losses) = written(&city, Version::V3);
    let member = "<grp:groupMember><grp:Role><grp:role>museum</grp:role><grp:groupMember xlink:href=\"#b\"/></grp:Role></grp:groupMember>";
    assert!(
        text.contains(member) && text.contains("<core:cityObjectMember><bldg:Building gml:id=\"b\">"),
        "{text}"
    );
    assert!(!losses.0.is_empty());
    let (text, losses) = written(&city, Version::V2);
    assert!(text.contains("<grp:groupMember role=\"museum\"><bldg:Building gml:id=\"b\">"), "{text}");
    assert!(losses.0.is_empty());
}
