//! What a file says beside plain values, and what nobody knows, is kept.

use super::tests::{building, document, one, read};
use serde_json::{Value, json};

#[test]
fn what_stands_beside_a_value_is_kept() {
    let text = "<gml:name codeSpace='c1'>A</gml:name><gml:name>B</gml:name>\
        <bldg:function codeSpace='x.xml'>1</bldg:function><bldg:function codeSpace='x.xml'>2</bldg:function>\
        <bldg:measuredHeight uom='urn:adv:uom:m'>3</bldg:measuredHeight>\
        <bldg:storeyHeightsAboveGround uom='cm'>300</bldg:storeyHeightsAboveGround>\
        <bldg:usage nilReason='unknown'/><relatedTo xlink:href='#other'/>\
        <con:height><con:Height><con:value uom='#m'>7</con:value></con:Height></con:height>\
        <con:height><con:Height><con:value>8</con:value></con:Height></con:height>";
    let object = one(&building(text)).object;
    let expected = json!({
        "name": [{"codeSpace": "c1"}, {}],
        "function": {"codeSpace": "x.xml"},
        "storeyHeightsAboveGround": {"uom": "cm"},
        "usage": {"nilReason": "unknown"},
        "relatedTo": {"href": true},
        "height/0/value": {"uom": "#m"},
    });
    assert_eq!(Value::Object(object.qualifiers), expected);
    assert_eq!(
        (&object.attributes["relatedTo"], &object.attributes["measuredHeight"]),
        (&json!("other"), &json!(3.0))
    );
}

#[test]
fn generic_attributes_keep_their_type() {
    let value = |text: &str| format!("<gen:value{text}</gen:value>");
    let attribute = |kind: &str, name: &str, text: &str| {
        format!("<gen:{kind}Attribute name='{name}'>{}</gen:{kind}Attribute>", value(text))
    };
    let text = [
        "<bldg:usage>9</bldg:usage>".to_owned(),
        attribute("string", "plain", ">x"),
        attribute("int", "n", ">7"),
        attribute("int", "odd", ">many"),
        attribute("date", "when", ">2020-01-01"),
        attribute("uri", "where", ">http://x"),
        attribute("measure", "power", " uom='kW'>5"),
        attribute("string", "function", ">f"),
        attribute("string", "usage", ">u"),
        format!(
            "<gen:genericAttributeSet name='s' codeSpace='c'>{}</gen:genericAttributeSet>",
            attribute("date", "d", ">2021-01-01")
        ),
    ];
    let object = one(&building(&text.concat())).object;
    let expected = json!({
        "odd": {"type": "int"},
        "when": {"type": "date"},
        "where": {"type": "uri"},
        "power": {"type": "measure", "uom": "kW"},
        "function": {"type": "string"},
        "gen_usage": {"type": "string", "name": "usage"},
        "s": {"type": "set", "codeSpace": "c"},
        "s/d": {"type": "date"},
    });
    assert_eq!(Value::Object(object.qualifiers), expected);
    assert_eq!(object.attributes["n"], 7);
}

#[test]
fn foreign_content_stands_on_its_own() {
    let snippet = "<uro:detail kind=\"a&amp;b\"><uro:Detail><uro:n uom=\"m\">1</uro:n><!-- n --></uro:Detail></uro:detail>";
    let declared = |text: &str| {
        document(&format!(
            "<cityObjectMember xmlns:uro=\"http://u/1\"><bldg:Building gml:id='b'>{text}</bldg:Building></cityObjectMember>"
        ))
    };
    let object = one(&declared(snippet)).object;
    let expected = snippet.replacen("<uro:detail", "<uro:detail xmlns:uro=\"http://u/1\"", 1);
    assert_eq!(object.extensions, std::slice::from_ref(&expected));
    assert_eq!(object.qualifiers["detail"], json!({"extension": true}));
    assert_eq!(object.attributes["detail"]["n"], 1.0);
    // What has its namespaces stays as it is: a second way through changes nothing.
    assert_eq!(one(&declared(&expected)).object.extensions, [expected]);
}

#[test]
fn foreign_objects_remember_their_names() {
    let solid = super::tests::solid(&super::tests::member("p")).replace("bldg:lod2Solid", "uro:lod2Solid");
    let text = building(&format!(
        "<uro:part xmlns:uro='http://u/1'><uro:Part gml:id='x'>{solid}</uro:Part></uro:part>"
    ));
    let object = one(&text).object;
    let child = &object.children[0];
    assert_eq!(child.source_class.as_deref(), Some("uro:Part"));
    assert_eq!(
        Value::Object(child.qualifiers.clone()),
        json!({"@namespaces": {"uro": "http://u/1"}, "@property": "uro:part"})
    );
    assert_eq!(child.geometries[0].role, "uro:lod2Solid");
    assert!(object.extensions.is_empty());
}

#[test]
fn too_much_foreign_content_is_told() {
    let text = format!("<x:a xmlns:x='http://x/'>{}</x:a>", "1".repeat(1 << 20));
    let (objects, issues) = read(&building(&text));
    assert_eq!(issues, ["extension_too_large"]);
    assert_eq!((objects[0].object.extensions.len(), objects[0].object.attributes.len()), (0, 1));
}

#[test]
fn addresses_that_say_more_are_kept_whole() {
    let address = |inside: &str| {
        one(&building(&format!(
            "<bldg:address><Address><xalAddress><xAL:AddressDetails>{inside}</xAL:AddressDetails></xalAddress></Address></bldg:address>"
        )))
        .object
    };
    let country = "<xAL:CountryName>Deutschland</xAL:CountryName>";
    assert!(address(country).extensions.is_empty());
    let more =
        address(&format!("{country}<xAL:PostBox><xAL:PostBoxNumber>7</xAL:PostBoxNumber></xAL:PostBox>"));
    assert_eq!((more.extensions.len(), &more.qualifiers["address"]), (1, &json!({"extension": true})));
}
