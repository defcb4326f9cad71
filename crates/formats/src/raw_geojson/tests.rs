use proptest::prelude::*;
use serde_json::json;

use super::*;
use stadtwin_model::{ClassId, Feature, Lineage, Lod, Place};

const NAMES: [&str; 12] = [
    "function",
    "roofType",
    "class",
    "revision",
    "height",
    "a",
    "a_text",
    "function_text",
    "height_uom",
    "measuredHeight",
    "class_text",
    "n",
];

fn feature() -> Feature {
    Feature {
        key: 1,
        id: "B \"1\"".to_owned(),
        class: ClassId(0),
        source_class: Some("Haus".to_owned()),
        attributes: Attributes::new(),
        qualifiers: Attributes::new(),
        footprint: vec![vec![vec![[11.0, 48.0], [11.5, 48.0], [11.5, 48.5], [11.0, 48.0]]]],
        place: Place::Nothing,
        heights_m: Some([500.12345, 510.0]),
        lods: vec![Lod::whole(1), Lod::whole(2)],
        children: vec![("BuildingPart".to_owned(), 2)],
        valid_from: Some("2020-01-01T00:00:00Z".to_owned()),
        valid_to: None,
        revision: 3,
        content_hash: [0; 16],
        ground: None,
        lineage: Some(Lineage { aliases: vec!["x".to_owned()], ..Lineage::default() }),
    }
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!("1000")),
        Just(json!("\"é\n")),
        Just(json!(-1.5)),
        Just(json!(7)),
        Just(json!(null)),
        Just(json!(["1000", "2"])),
        Just(json!(["2", 5])),
        Just(json!({"m": "1000", "n": [1]})),
    ]
}

fn said() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({"codeSpace": "lists/a.xml"})),
        Just(json!({"uom": "cm"})),
        Just(json!({"uom": "m"})),
        Just(json!({"uom": "kWh", "codeSpace": "b.xml"})),
        Just(json!([{"codeSpace": "a.xml"}, {"codeSpace": "b.xml"}])),
        Just(json!({"extension": true})),
    ]
}

fn object(
    values: impl Strategy<Value = Value>,
    names: Vec<&'static str>,
) -> impl Strategy<Value = Attributes> {
    prop::collection::vec((prop::sample::select(names), values), 0..8)
        .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn text(lists: &[String], code: &str) -> Option<String> {
    (code == "1000").then(|| lists.join("+"))
}

/// The same as with everything taken apart.
fn check(attributes: Attributes, qualifiers: Attributes, selection: &Selection) {
    let mut whole = Feature { attributes: attributes.clone(), qualifiers: qualifiers.clone(), ..feature() };
    whole.attributes = with_texts(with_units(whole.attributes, &qualifiers), &qualifiers, &text);
    let mut expected = Vec::new();
    let members = [("links", json!([1]))];
    write_selected(&mut expected, &whole, selection, &members).unwrap();
    let raw = RawFeature {
        feature: feature(),
        attributes: serde_json::to_string(&attributes).unwrap(),
        qualifiers: (!qualifiers.is_empty()).then(|| serde_json::to_string(&qualifiers).unwrap()),
    };
    let mut writer = RawWriter::new(selection, &text);
    for _ in 0..2 {
        let mut out = Vec::new();
        writer.write(&mut out, &raw, &members).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), String::from_utf8(expected.clone()).unwrap());
    }
}

proptest! {
    #[test]
    fn text_says_the_same(
        attributes in object(value(), NAMES.to_vec()),
        qualifiers in object(said(), [NAMES.as_slice(), &["n/m"]].concat()),
        named in prop::option::of(prop::sample::subsequence(NAMES.to_vec(), 0..5)),
        skips_geometry: bool,
    ) {
        let properties = named.map(|names| names.into_iter().map(str::to_owned).collect());
        check(attributes, qualifiers, &Selection { properties, skips_geometry });
    }
}

/// An attribute that is called like the text of a property of ours, and has a text itself.
#[test]
fn texts_of_what_looks_like_a_text_have_names() {
    let object = |value: Value| value.as_object().unwrap().clone().into_iter().collect();
    let attributes = object(json!({"class_text": "1000", "class": "1000"}));
    let qualifiers = object(json!({"class_text": {"codeSpace": "lists/a.xml"}}));
    check(attributes, qualifiers, &Selection::default());
}

#[test]
fn codes_and_units_stand_beside() {
    let raw = RawFeature {
        feature: feature(),
        attributes: r#"{"function": ["1000", "9"], "width": 3.50, "roofType": "1000"}"#.to_owned(),
        qualifiers: Some(r#"{"width": {"uom": "cm"}, "roofType": {"codeSpace": "r.xml"}}"#.to_owned()),
    };
    let selection = Selection { skips_geometry: true, ..Selection::default() };
    let mut out = Vec::new();
    RawWriter::new(&selection, &text).write(&mut out, &raw, &[]).unwrap();
    // By hand: numbers keep their digits.
    let expected = concat!(
        r#"{"type":"Feature","id":"B \"1\"","geometry":null,"properties":{"class":"Haus","function":["1000", "9"],"#,
        r#""function_text":["@function",null],"width":3.50,"width_uom":"cm","roofType":"1000","roofType_text":"r.xml+*/r.xml","#,
        r#""lods":["1","2"],"children":{"BuildingPart":2},"zMin":500.123,"zMax":510.0,"#,
        r#""validFrom":"2020-01-01T00:00:00Z","revision":3,"aliases":["x"]}}"#
    );
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}
