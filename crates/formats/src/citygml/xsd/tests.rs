//! Small schemas of our own, and those of the shared data.

use super::*;
use std::path::{Path, PathBuf};

const MAIN: &str = r#"<?xml version="1.0"?><!-- ours -->
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="http://example.org/t" xmlns:gml="http://www.opengis.net/gml"
 xmlns:bldg="http://www.opengis.net/citygml/building/2.0" xmlns:core="http://www.opengis.net/citygml/2.0"
 targetNamespace="http://example.org/t" version="1.2">
 <xs:annotation><xs:documentation>Tests   things.</xs:documentation></xs:annotation>
 <xs:include schemaLocation="more.xsd"/>
 <xs:import namespace="http://www.opengis.net/gml" schemaLocation="http://schemas.opengis.net/gml/3.1.1/base/gml.xsd"/>
 <xs:element name="owner" type="xs:string" substitutionGroup="bldg:_GenericApplicationPropertyOfBuilding">
  <xs:annotation><xs:documentation>Who owns it.</xs:documentation></xs:annotation></xs:element>
 <xs:element name="heat" type="t:HeatType" substitutionGroup="bldg:_GenericApplicationPropertyOfAbstractBuilding"/>
 <xs:element name="Factory" type="t:FactoryType" substitutionGroup="bldg:Building"/>
 <xs:complexType name="FactoryType"><xs:complexContent><xs:extension base="bldg:BuildingType"><xs:sequence>
   <xs:element name="chimneys" type="xs:positiveInteger" minOccurs="0"/>
   <xs:element name="state" type="t:StateType" maxOccurs="unbounded"/>
   <xs:element name="kind" type="gml:CodeType"><xs:annotation><xs:appinfo><defaultCodeSpace>kinds.xml</defaultCodeSpace></xs:appinfo></xs:annotation></xs:element>
   <xs:element name="opened" type="xs:date"/>
   <xs:element name="pump"><xs:complexType><xs:sequence><xs:element ref="t:Pump"/></xs:sequence></xs:complexType></xs:element>
   <xs:element name="outline" type="gml:MultiSurfacePropertyType"/>
 </xs:sequence></xs:extension></xs:complexContent></xs:complexType>
 <xs:simpleType name="StateType"><xs:restriction base="xs:string">
   <xs:enumeration value="on"><xs:annotation><xs:documentation>it runs</xs:documentation></xs:annotation></xs:enumeration>
   <xs:enumeration value="off"/></xs:restriction></xs:simpleType>
</xs:schema>"#;

const MORE: &str = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:gml="http://www.opengis.net/gml" xmlns:t="http://example.org/t"
 xmlns:core="http://www.opengis.net/citygml/2.0">
 <xs:include schemaLocation="main.xsd"/>
 <xs:complexType name="HeatType"><xs:simpleContent><xs:restriction base="gml:MeasureType">
   <xs:attribute name="uom" type="xs:anyURI" fixed="kWh"/></xs:restriction></xs:simpleContent></xs:complexType>
 <xs:element name="Pump" type="t:PumpType" substitutionGroup="gml:_Object"/>
 <xs:complexType name="PumpType"><xs:sequence><xs:element name="power" type="xs:double"/></xs:sequence></xs:complexType>
 <xs:element name="Mill" type="t:MillType" substitutionGroup="t:Factory"/>
 <xs:complexType name="MillType"><xs:complexContent><xs:extension base="t:FactoryType"/></xs:complexContent></xs:complexType>
 <xs:element name="AbstractNet" abstract="true" substitutionGroup="core:_CityObject"/>
 <xs:element name="Pipe" substitutionGroup="t:AbstractNet"/>
</xs:schema>"#;

fn ours() -> AdeSchema {
    let mut asked = Vec::new();
    let mut load = |location: &str| {
        asked.push(location.to_owned());
        match location {
            "more.xsd" => Some(MORE.as_bytes().to_vec()),
            _ => None,
        }
    };
    let found = read_ade("main.xsd", MAIN.as_bytes(), &mut load).unwrap();
    // main.xsd includes itself in a circle and is not read again.
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert_eq!(found.len(), 1);
    found.into_iter().next().unwrap()
}

#[test]
fn classes_know_what_they_are_kinds_of() {
    let ade = ours();
    assert_eq!((ade.version.as_str(), ade.description.as_str()), ("1.2", "Tests things."));
    let found: Vec<_> = ade
        .classes
        .iter()
        .map(|class| {
            (class.name.as_str(), class.standard_class.as_deref(), class.is_feature, class.is_abstract)
        })
        .collect();
    let expected = [
        ("AbstractNet", Some("GenericCityObject"), true, true),
        ("Factory", Some("Building"), true, false),
        ("Mill", Some("Building"), true, false),
        ("Pipe", Some("GenericCityObject"), true, false),
        ("Pump", None, false, false),
    ];
    assert_eq!(found, expected);
    assert_eq!(ade.classes[2].base.as_deref(), Some("{http://example.org/t}Factory"));
}

#[test]
fn properties_have_types_units_and_lists() {
    let ade = ours();
    let find = |class: &str, name: &str| {
        let property = ade.properties.iter().find(|p| p.class == class && p.name == name);
        property.unwrap_or_else(|| panic!("{class} {name}")).clone()
    };
    assert_eq!(
        (find("", "owner").kind, find("", "owner").description.as_str()),
        (AdeType::String, "Who owns it.")
    );
    assert_eq!((find("", "heat").kind, find("", "heat").unit.as_deref()), (AdeType::Measure, Some("kWh")));
    // A Mill has what a Factory has.
    for class in ["Factory", "Mill"] {
        assert_eq!(find(class, "chimneys").kind, AdeType::Integer);
        assert_eq!((find(class, "chimneys").min_occurs, find(class, "chimneys").max_occurs), (0, Some(1)));
        let state = find(class, "state");
        assert_eq!((state.kind, state.max_occurs), (AdeType::Code, None));
        assert_eq!(state.code_space.as_deref(), Some("http://example.org/t#StateType"));
        assert_eq!(find(class, "kind").code_space.as_deref(), Some("kinds.xml"));
        assert_eq!(find(class, "opened").kind, AdeType::Date);
        assert_eq!(find(class, "pump").kind, AdeType::Object);
        assert_eq!(find(class, "outline").kind, AdeType::Geometry);
    }
    assert_eq!(find("Pump", "power").kind, AdeType::Number);
    let (space, list) = &ade.code_lists[0];
    assert_eq!((space.as_str(), list.codes.len()), ("http://example.org/t#StateType", 2));
    assert_eq!(list.codes[0].text("en"), Some("it runs"));
}

#[test]
fn what_is_no_schema_of_an_ade_is_refused() {
    let read = |text: &str| read_ade("x.xsd", text.as_bytes(), &mut |_| None).unwrap_err();
    assert_eq!(read("<a/>"), XsdError::NoSchema("x.xsd".into()));
    assert_eq!(read("nothing"), XsdError::NoSchema("x.xsd".into()));
    assert!(matches!(read("<schema><a></schema>"), XsdError::Malformed(..)));
    assert_eq!(read("<schema/>"), XsdError::NoNamespace("x.xsd".into()));
    let standard = "<schema targetNamespace='http://www.opengis.net/citygml/building/2.0'/>";
    assert!(matches!(read(standard), XsdError::Standard(_)));
    // Files that include ever more files end at a bound.
    let mut count = 0;
    let endless = |_: &str| {
        count += 1;
        Some(format!("<schema><include schemaLocation='{count}.xsd'/></schema>").into_bytes())
    };
    let first = "<schema targetNamespace='http://x'><include schemaLocation='a.xsd'/></schema>";
    assert_eq!(read_ade("x.xsd", first.as_bytes(), &mut { endless }), Err(XsdError::TooMany(200)));
    // Types that derive from one another in a circle end too.
    let circle = "<schema xmlns='http://www.w3.org/2001/XMLSchema' xmlns:t='http://x' targetNamespace='http://x'>\
        <element name='A' type='t:T' substitutionGroup='t:B'/><element name='B' type='t:T' substitutionGroup='t:A'/>\
        <complexType name='T'><complexContent><extension base='t:T'><sequence><element name='p' type='t:T'/></sequence></extension></complexContent></complexType></schema>";
    let found = read_ade("x.xsd", circle.as_bytes(), &mut |_| None).unwrap();
    assert_eq!((found[0].classes.len(), found[0].properties.len()), (2, 2));
}

fn shared(path: &str) -> Option<AdeSchema> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("STADTWIN_SHARED_DATA").map_or_else(beside, PathBuf::from);
    let Ok(bytes) = std::fs::read(folder.join(path)) else {
        eprintln!("skipped: no shared data (set STADTWIN_SHARED_DATA)");
        return None;
    };
    Some(read_ade(path, &bytes, &mut |_| None).unwrap().remove(0))
}

/// Counted with grep: elements that are not abstract hooks, and what single lines of the schemas say.
#[test]
fn schemas_of_others_are_read() {
    let Some(test) = shared("citygml4j-samples/schemas/testADE.xsd") else { return };
    assert_eq!(
        (test.namespace.as_str(), test.version.as_str()),
        ("http://www.citygml.org/ade/TestADE/2.0", "2.0")
    );
    let class = |name: &str| test.classes.iter().find(|class| class.name == name).unwrap();
    assert_eq!(class("IndustrialBuilding").standard_class.as_deref(), Some("Building"));
    assert_eq!(class("IndustrialBuildingPart").standard_class.as_deref(), Some("BuildingPart"));
    assert_eq!(class("BuildingUnderground").standard_class.as_deref(), Some("GenericCityObject"));
    assert!(!class("BuildingProperties").is_feature && !class("Facility").is_feature);
    let kind = |class: &str, name: &str| {
        test.properties.iter().find(|p| p.class == class && p.name == name).map(|p| p.kind)
    };
    assert_eq!(kind("Facility", "electricalPower"), Some(AdeType::Measure));
    assert_eq!(kind("BuildingProperties", "floorArea"), Some(AdeType::Measure));
    assert_eq!(kind("BuildingProperties", "ownerName"), Some(AdeType::String));
    assert_eq!(kind("BuildingUnderground", "usage"), Some(AdeType::Code));
    assert_eq!(kind("IndustrialBuilding", "remark"), Some(AdeType::String));
    let Some(noise) = shared("ogc-citygml2-examples/ade/noise-ade/CityGML-NoiseADE.xsd") else { return };
    let kind =
        |name: &str| noise.properties.iter().find(|p| p.class.is_empty() && p.name == name).map(|p| p.kind);
    assert_eq!(kind("buildingReflection"), Some(AdeType::String));
    assert_eq!(kind("buildingHabitants"), Some(AdeType::Integer));
    assert_eq!(kind("buildingLDenMax"), Some(AdeType::Measure));
    for path in [
        "ogc-citygml2-examples/ade/robotics-ade/unr.xsd",
        "ogc-citygml3-draft-examples/ADE-examples/Urban-Planning-ADE/urbanObject_CityGML3.xsd",
        "ogc-citygml3-draft-examples/ADE-examples/Test-ADE/testADE.xsd",
    ] {
        let ade = shared(path).unwrap();
        assert!(!ade.classes.is_empty() || !ade.properties.is_empty(), "{path}");
    }
}
