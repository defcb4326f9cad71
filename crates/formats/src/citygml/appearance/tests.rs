//! Looks in every spelling, from file to face.

use super::super::CityGmlFile;
use super::super::tests::{building, document, one, read};
use crate::Input;
use stadtwin_model::{Appearance, Geometry, NO_LOOK, Projection};

const SQUARE: &str = "0 0 0 4 0 0 4 4 0 0 4 0 0 0 0";
const HOLE: &str = "1 1 0 1 2 0 2 2 0 1 1 0";

fn polygon() -> String {
    let ring = |id: &str, list: &str| {
        format!("<gml:LinearRing gml:id='{id}'><gml:posList>{list}</gml:posList></gml:LinearRing>")
    };
    format!(
        "<gml:Polygon gml:id='p'><gml:exterior>{}</gml:exterior><gml:interior>{}</gml:interior></gml:Polygon>",
        ring("e", SQUARE),
        ring("h", HOLE)
    )
}

fn surfaces(members: &str) -> String {
    format!(
        "<bldg:lod2MultiSurface><gml:MultiSurface gml:id='m'>{members}</gml:MultiSurface></bldg:lod2MultiSurface>"
    )
}

fn shape() -> String {
    surfaces(&format!("<gml:surfaceMember>{}</gml:surfaceMember>", polygon()))
}

fn appearance(theme: &str, data: &str) -> String {
    format!("<app:Appearance><app:theme>{theme}</app:theme>{data}</app:Appearance>")
}

const TEXTURE: &str = "<app:surfaceDataMember><app:ParameterizedTexture gml:id='t'><app:imageURI>a.jpg</app:imageURI>\
    <app:wrapMode>mirror</app:wrapMode><app:borderColor>0 0 1</app:borderColor><app:target uri='#p'><app:TexCoordList>\
    <app:textureCoordinates ring='#e'>0 0 1 0 1 1 0 1 0 0</app:textureCoordinates>\
    <app:textureCoordinates ring='#h'>.1 .1 .1 .2 .2 .2 .1 .1</app:textureCoordinates>\
    </app:TexCoordList></app:target></app:ParameterizedTexture></app:surfaceDataMember>";
const MATERIAL: &str = "<app:surfaceDataMember><app:X3DMaterial><app:isFront>false</app:isFront>\
    <app:diffuseColor>1 0 0</app:diffuseColor><app:transparency>0.5</app:transparency><app:isSmooth>true</app:isSmooth>\
    <app:target>#m</app:target></app:X3DMaterial></app:surfaceDataMember>";
const COORDINATES: [[f64; 2]; 7] =
    [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.1, 0.1], [0.1, 0.2], [0.2, 0.2]];

fn geometry(text: &str) -> Geometry {
    one(text).object.geometries.remove(0)
}

fn inside(data: &str) -> Geometry {
    geometry(&building(&format!(
        "<app:appearance>{}</app:appearance>{}",
        appearance("summer", data),
        shape()
    )))
}

#[test]
fn textures_and_materials_come_onto_their_faces() {
    let dressed = inside(&[TEXTURE, MATERIAL].concat());
    let [front, back] = dressed.appearances.as_slice() else { panic!("{dressed:?}") };
    assert_eq!((front.theme.as_str(), front.is_back, back.is_back), ("summer", false, true));
    assert_eq!((&front.face_textures[..], &front.texture_coordinates[..]), (&[0][..], &COORDINATES[..]));
    let texture = &front.textures[0];
    assert_eq!((texture.image.as_str(), texture.wrap_mode.as_deref()), ("a.jpg", Some("mirror")));
    assert_eq!(texture.border_color, Some([0.0, 0.0, 1.0, 1.0]));
    let material = &back.materials[back.face_materials[0] as usize];
    assert_eq!(
        (material.diffuse_color, material.transparency, material.is_smooth),
        (Some([1.0, 0.0, 0.0]), Some(0.5), Some(true))
    );
    assert!(front.face_materials.is_empty() && back.texture_coordinates.is_empty());
}

#[test]
fn version_3_names_rings_beside_their_coordinates() {
    let data = "<app:surfaceData><app:ParameterizedTexture><app:imageURI>a.jpg</app:imageURI><app:textureParameterization>\
        <app:TextureAssociation><app:target>#p</app:target><app:textureParameterization><app:TexCoordList>\
        <app:textureCoordinates>0 0 1 0 1 1 0 1 0 0</app:textureCoordinates>\
        <app:textureCoordinates>.1 .1 .1 .2 .2 .2 .1 .1</app:textureCoordinates>\
        <app:ring>#e</app:ring><app:ring>#h</app:ring></app:TexCoordList></app:textureParameterization>\
        </app:TextureAssociation></app:textureParameterization></app:ParameterizedTexture></app:surfaceData>";
    assert_eq!(inside(data).appearances[0].texture_coordinates, COORDINATES);
}

fn declared(text: &str) -> String {
    let name = "<CityModel xmlns:app='http://www.opengis.net/citygml/appearance/2.0'";
    document(text).replacen("<CityModel", name, 1)
}

#[test]
fn looks_outside_of_the_objects_are_found_wherever_they_stand() {
    let member = format!("<app:appearanceMember>{}</app:appearanceMember>", appearance("", TEXTURE));
    let house =
        format!("<cityObjectMember><bldg:Building gml:id='b'>{}</bldg:Building></cityObjectMember>", shape());
    for text in [format!("{member}{house}"), format!("{house}{member}")] {
        assert_eq!(geometry(&declared(&text)).appearances[0].texture_coordinates, COORDINATES, "{text}");
    }
}

/// Hand: the texture stands in one appearance of the file, and another one points at it.
#[test]
fn surface_data_that_appearances_of_the_file_share_are_in_both_themes() {
    let member = |theme: &str, data: &str| {
        format!("<app:appearanceMember>{}</app:appearanceMember>", appearance(theme, data))
    };
    let link = |href: &str| format!("<app:surfaceDataMember xlink:href='{href}'/>");
    let house =
        format!("<cityObjectMember><bldg:Building gml:id='b'>{}</bldg:Building></cityObjectMember>", shape());
    let (summer, winter) = (member("summer", TEXTURE), member("winter", &link("#t")));
    for text in [format!("{winter}{summer}{house}"), format!("{house}{summer}{winter}")] {
        let dressed = geometry(&declared(&text));
        let worn: Vec<_> =
            dressed.appearances.iter().map(|a| (a.theme.as_str(), &a.texture_coordinates[..])).collect();
        assert_eq!(worn, [("summer", &COORDINATES[..]), ("winter", &COORDINATES[..])], "{text}");
        assert_eq!(dressed.appearances[0].textures, dressed.appearances[1].textures);
    }
    for (href, expected) in [("#t", 0), ("#nothing", 1), ("other.gml#t", 1)] {
        let text = declared(&format!("{summer}\n{}{house}", member("winter", &link(href))));
        let mut file = CityGmlFile::open(Input::memory("test", text.into_bytes())).unwrap();
        let told: Vec<_> = file.issues().into_iter().map(|issue| (issue.code, issue.line)).collect();
        assert_eq!(told, vec![("xlink_unresolved".to_owned(), 2); expected], "{href}");
    }
}

/// Hand: winter's texture lies as summer's does, which a link says (as in the OGC's own example of appearances).
#[test]
fn coordinates_that_stand_in_another_appearance_of_the_file_are_found() {
    let member = |theme: &str, data: &str| {
        format!("<app:appearanceMember>{}</app:appearanceMember>", appearance(theme, data))
    };
    let summer = member("summer", &TEXTURE.replace("<app:TexCoordList>", "<app:TexCoordList gml:id='c'>"));
    let texture = |href: &str| {
        format!(
            "<app:surfaceDataMember><app:ParameterizedTexture><app:imageURI>snow.jpg</app:imageURI>\
            <app:target uri='#p' xlink:href='{href}'/></app:ParameterizedTexture></app:surfaceDataMember>"
        )
    };
    let house =
        format!("<cityObjectMember><bldg:Building gml:id='b'>{}</bldg:Building></cityObjectMember>", shape());
    for (href, expected) in [("#c", &COORDINATES[..]), ("#nothing", &[])] {
        let text = declared(&format!("\n{}{summer}{house}", member("winter", &texture(href))));
        let dressed = geometry(&text);
        let worn = &dressed.appearances[1];
        assert_eq!((worn.textures[0].image.as_str(), &worn.texture_coordinates[..]), ("snow.jpg", expected));
        let mut file = CityGmlFile::open(Input::memory("test", text.into_bytes())).unwrap();
        let told: Vec<_> = file.issues().into_iter().map(|issue| (issue.code, issue.line)).collect();
        let lost = usize::from(expected.is_empty());
        assert_eq!(told, vec![("xlink_unresolved".to_owned(), 2); lost], "{href}");
    }
}

#[test]
fn a_turned_face_has_its_coordinates_turned() {
    let turned = format!(
        "<gml:surfaceMember><gml:OrientableSurface orientation='-'><gml:baseSurface>{}</gml:baseSurface></gml:OrientableSurface></gml:surfaceMember>",
        polygon()
    );
    let text = building(&format!(
        "<app:appearance>{}</app:appearance>{}",
        appearance("", TEXTURE),
        surfaces(&turned)
    ));
    let dressed = geometry(&text);
    // The first point is the last of the ring as written, 0 4 0.
    assert_eq!(
        (dressed.points[0], dressed.appearances[0].texture_coordinates[0]),
        ([0.0, 4.0, 0.0], [0.0, 1.0])
    );
    let place = |point: [f64; 3]| dressed.points.iter().position(|known| *known == point).unwrap();
    assert_eq!(dressed.appearances[0].texture_coordinates[place([2.0, 2.0, 0.0])], [0.2, 0.2]);
}

#[test]
fn projected_and_georeferenced_textures_keep_their_numbers() {
    let generated = "<app:surfaceDataMember><app:ParameterizedTexture><app:imageURI>a.jpg</app:imageURI><app:target uri='#p'>\
        <app:TexCoordGen><app:worldToTexture>1 2 3 4 5 6 7 8 9 10 11 12</app:worldToTexture></app:TexCoordGen></app:target>\
        </app:ParameterizedTexture></app:surfaceDataMember>";
    let matrix = std::array::from_fn(|index| index as f64 + 1.0);
    let of = |dressed: &Geometry| -> Projection {
        let Appearance { textures, face_textures, .. } = &dressed.appearances[0];
        textures[face_textures[0] as usize].projection.clone()
    };
    assert_eq!(of(&inside(generated)), Projection::WorldToTexture(matrix));
    let photo = "<app:surfaceDataMember><app:GeoreferencedTexture><app:imageURI>o.tif</app:imageURI>\
        <app:preferWorldFile>false</app:preferWorldFile><app:referencePoint><gml:Point><gml:pos>7 8</gml:pos></gml:Point></app:referencePoint>\
        <app:orientation>0.1 0 0 -0.1</app:orientation><app:target>#p</app:target></app:GeoreferencedTexture></app:surfaceDataMember>";
    let expected = Projection::Georeferenced {
        prefer_world_file: false,
        reference_point: Some([7.0, 8.0]),
        orientation: Some([0.1, 0.0, 0.0, -0.1]),
    };
    assert_eq!(of(&inside(photo)), expected);
}

#[test]
fn the_old_textured_surface_is_read() {
    let textured = format!(
        "<gml:surfaceMember><tex:TexturedSurface orientation='+'><gml:baseSurface>{}</gml:baseSurface><tex:appearance>\
        <tex:SimpleTexture><tex:textureMap>old.jpg</tex:textureMap><tex:textureCoordinates>0 0 1 0 1 1 0 1 0 0</tex:textureCoordinates>\
        </tex:SimpleTexture></tex:appearance></tex:TexturedSurface></gml:surfaceMember>",
        polygon()
    );
    let dressed = geometry(&building(&surfaces(&textured)));
    let worn = &dressed.appearances[0];
    assert_eq!((worn.textures[0].image.as_str(), worn.texture_coordinates[2]), ("old.jpg", [1.0, 1.0]));
    assert!(worn.texture_coordinates[5][0].is_nan());
}

#[test]
fn what_does_not_fit_is_told() {
    let cases = [
        (TEXTURE.replace("0 0 1 0 1 1 0 1 0 0", "0 0 1 0"), "texture_coordinates_differ"),
        (TEXTURE.replace("#p", "#nobody"), "appearance_target_missing"),
        (TEXTURE.to_owned(), ""),
    ];
    for (data, expected) in cases {
        let text =
            building(&format!("<app:appearance>{}</app:appearance>{}", appearance("", &data), shape()));
        let (_, issues) = read(&text);
        assert_eq!(issues.iter().find(|code| *code != "prefix_undeclared").map_or("", |code| code), expected);
    }
    let two = surfaces(&format!(
        "<gml:surfaceMember>{}</gml:surfaceMember><gml:surfaceMember>{}</gml:surfaceMember>",
        polygon(),
        polygon().replace("'p'", "'q'")
    ));
    let text = building(&format!("<app:appearance>{}</app:appearance>{two}", appearance("", TEXTURE)));
    assert_eq!(geometry(&text).appearances[0].face_textures, [0, NO_LOOK]);
}
