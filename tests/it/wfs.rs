//! WFS 2.0 over HTTP: capabilities, schemas, features and faults. Positions in degrees are GDAL's (`gdaltransform`).

use crate::http::{Answer, City, ENDED, FEATURES};

const GML: &str = "application/gml+xml; version=3.2";
const BUILDINGS: &str = "/wfs?SERVICE=WFS&version=2.0.0&Request=GetFeature&typeNames=st:buildings";

async fn features(city: &City, more: &str) -> Answer {
    city.get(&format!("{BUILDINGS}{more}")).await
}

/// gml:ids of the members, in order.
fn ids(answer: &Answer) -> Vec<String> {
    let text = answer.text();
    let members = text.split("<st:buildings gml:id=\"").skip(1);
    members.map(|member| member.split('"').next().unwrap().to_owned()).collect()
}

/// Value of an attribute of the collection of features.
fn attribute(answer: &Answer, name: &str) -> Option<String> {
    let text = answer.text();
    let (_, after) = text.split_once(&format!(" {name}=\""))?;
    Some(after.split('"').next().unwrap().replace("&amp;", "&"))
}

#[tokio::test]
async fn the_service_says_what_it_offers() {
    let city = City::start().await;
    for query in [
        "service=WFS&request=GetCapabilities",
        "SERVICE=wfs&REQUEST=getcapabilities&AcceptVersions=1.1.0,2.0.0",
    ] {
        let answer = city.get(&format!("/wfs?{query}")).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, "application/xml"),
            "{}",
            answer.text()
        );
        let text = answer.text();
        for part in [
            "<wfs:WFS_Capabilities version=\"2.0.0\"",
            "<wfs:Name>st:buildings</wfs:Name><wfs:Title>Buildings &amp; &lt;houses&gt;</wfs:Title>",
            "<wfs:Name>st:trees</wfs:Name>",
            "<wfs:DefaultCRS>urn:ogc:def:crs:EPSG::25832</wfs:DefaultCRS>",
            "<wfs:OtherCRS>urn:ogc:def:crs:EPSG::4326</wfs:OtherCRS>",
            "<ows:Constraint name=\"ImplementsSimpleWFS\"><ows:NoValues/><ows:DefaultValue>TRUE</ows:DefaultValue>",
            "<ows:WGS84BoundingBox><ows:LowerCorner>11.6",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        for operation in [
            "GetCapabilities",
            "DescribeFeatureType",
            "GetFeature",
            "ListStoredQueries",
            "DescribeStoredQueries",
        ] {
            assert!(text.contains(&format!("<ows:Operation name=\"{operation}\">")), "{operation}");
        }
        assert!(text.contains(&format!("xlink:href=\"http://{}/wfs?\"", city.address)), "{text}");
    }
    let schema =
        city.get("/wfs?service=WFS&version=2.0.0&request=DescribeFeatureType&typeNames=st:buildings").await;
    assert_eq!((schema.status, schema.header("content-type")), (200, GML));
    let text = schema.text();
    for part in [
        "targetNamespace=\"urn:x-stadtwin:features\"",
        "<xsd:element name=\"buildings\" type=\"st:buildingsType\" substitutionGroup=\"gml:AbstractFeature\">",
        "<xsd:element name=\"geometry\" type=\"gml:GeometryPropertyType\" minOccurs=\"0\"/>",
        "<xsd:element name=\"zMin\" type=\"xsd:double\" minOccurs=\"0\"/>",
        "<xsd:element name=\"revision\" type=\"xsd:long\" minOccurs=\"0\"/>",
        "<xsd:element name=\"measuredHeight\" type=\"xsd:double\" minOccurs=\"0\"/>",
        "<gmlsf:ComplianceLevel>0</gmlsf:ComplianceLevel>",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("treesType"), "{text}");
    let all = city.get("/wfs?service=WFS&version=2.0.2&request=DescribeFeatureType").await.text();
    assert!(all.contains("treesType") && all.contains("buildingsType"), "{all}");
    let list = city.get("/wfs?service=WFS&version=2.0.0&request=ListStoredQueries").await.text();
    assert!(list.contains("<wfs:StoredQuery id=\"urn:ogc:def:query:OGC-WFS::GetFeatureById\">"), "{list}");
    assert!(list.contains("<wfs:ReturnFeatureType>st:trees</wfs:ReturnFeatureType>"), "{list}");
    let described = city.get("/wfs?service=WFS&version=2.0.0&request=DescribeStoredQueries").await.text();
    assert!(described.contains("<wfs:Parameter name=\"id\" type=\"xsd:string\"/>"), "{described}");
}

#[tokio::test]
async fn features_come_in_pages_and_boxes() {
    let city = City::start().await;
    let mut url = format!("{BUILDINGS}&count=15");
    let (mut seen, mut counts) = (Vec::new(), Vec::new());
    loop {
        let page = city.get(&url).await;
        assert_eq!((page.status, page.header("content-type")), (200, GML), "{}", page.text());
        assert_eq!(attribute(&page, "numberMatched"), Some(FEATURES.to_string()));
        counts.push(attribute(&page, "numberReturned").unwrap());
        seen.extend(ids(&page));
        match attribute(&page, "next") {
            Some(next) => url = next,
            None => break,
        }
    }
    assert_eq!(counts, ["15", "15", "10"]);
    let expected: Vec<_> = (0..FEATURES).map(|index| format!("buildings.B_{index}")).collect();
    assert_eq!(seen, expected);
    // Without what the pages before have told.
    for (start, count, expected) in [
        (38, 5, &["buildings.B_38", "buildings.B_39"][..]),
        (40, 5, &[]),
        (7, 1, &["buildings.B_7"]),
        (9_999_999, 1, &[]),
    ] {
        let page = features(&city, &format!("&startIndex={start}&count={count}")).await;
        assert_eq!(ids(&page), expected, "{start} {count}");
    }
    let hits = features(&city, "&resultType=hits").await;
    assert_eq!(attribute(&hits, "numberMatched").as_deref(), Some("40"));
    assert_eq!((attribute(&hits, "numberReturned").as_deref(), ids(&hits).len()), (Some("0"), 0));
    // Boxes 0 and 1 stand at 696000 and 696020, each 10 m wide.
    for bbox in [
        "696000,5347000,696025,5347005",
        "696000,5347000,696025,5347005,urn:ogc:def:crs:EPSG::25832",
        "48.2458,11.6401,48.2461,11.6406,urn:ogc:def:crs:EPSG::4326",
        "48.2458,11.6401,48.2461,11.6406,http://www.opengis.net/def/crs/EPSG/0/4326",
        "11.6401,48.2458,11.6406,48.2461,EPSG:4326",
        "11.6401,48.2458,11.6406,48.2461,urn:ogc:def:crs:OGC:1.3:CRS84",
    ] {
        let page = features(&city, &format!("&bbox={bbox}")).await;
        assert_eq!(ids(&page), ["buildings.B_0", "buildings.B_1"], "{bbox}: {}", page.text());
        assert_eq!(attribute(&page, "numberMatched").as_deref(), Some("2"), "{bbox}");
    }
    // As GDAL's driver asks.
    let filter = "%3CFilter%20xmlns%3D%22http:%2F%2Fwww.opengis.net%2Ffes%2F2.0%22%20xmlns:gml%3D%22http:%2F%2Fwww.opengis.net%2Fgml%2F3.2%22%3E\
        %3CBBOX%3E%3CValueReference%3Egeometry%3C%2FValueReference%3E%3Cgml:Envelope%3E%3Cgml:lowerCorner%3E696000.0000%205347000.0000\
        %3C%2Fgml:lowerCorner%3E%3Cgml:upperCorner%3E696025.0%205347005.0%3C%2Fgml:upperCorner%3E%3C%2Fgml:Envelope%3E%3C%2FBBOX%3E%3C%2FFilter%3E";
    let page = features(&city, &format!("&filter={filter}&count=1")).await;
    assert_eq!(
        (ids(&page), attribute(&page, "numberMatched").as_deref()),
        (vec!["buildings.B_0".to_owned()], Some("2"))
    );
    assert_eq!(ids(&city.get(&attribute(&page, "next").unwrap()).await), ["buildings.B_1"]);
    let named =
        features(&city, "&filter=%3CFilter%3E%3CResourceId%20rid=%22buildings.B_4%22/%3E%3C/Filter%3E").await;
    assert_eq!(ids(&named), ["buildings.B_4"], "{}", named.text());
    assert_eq!(ids(&features(&city, "&bbox=0,0,1,1").await), Vec::<String>::new());
    let empty = city.get("/wfs?service=WFS&version=2.0.0&request=GetFeature&typeNames=trees").await;
    assert_eq!(attribute(&empty, "numberMatched").as_deref(), Some("0"), "{}", empty.text());
}

/// `echo 696000 5347000 | gdaltransform -s_srs EPSG:25832 -t_srs EPSG:4326`: 11.64017871 48.24588603.
#[tokio::test]
async fn a_feature_has_its_shape_and_properties() {
    let city = City::start().await;
    let one = features(&city, "&resourceId=buildings.B_0").await;
    let text = one.text();
    for part in [
        "srsName=\"urn:ogc:def:crs:EPSG::25832\"",
        "<gml:lowerCorner>696000.000 5347000.000</gml:lowerCorner><gml:upperCorner>696010.000 5347010.000</gml:upperCorner>",
        "<gml:posList>696000.000 5347000.000 696010.000 5347000.000 696010.000 5347010.000 696000.000 5347010.000 696000.000 5347000.000</gml:posList>",
        "<st:id>B_0</st:id><st:class>Building</st:class>",
        "<st:name>&lt;b&gt;Haus &amp; Hof 0&lt;/b&gt;</st:name>",
        "<st:measuredHeight>6.0</st:measuredHeight>",
        "<st:zMax>486.0</st:zMax>",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("<b>"), "{text}");
    let in_degrees = features(&city, "&resourceId=B_0&srsName=urn:ogc:def:crs:EPSG::4326").await.text();
    assert!(in_degrees.contains("<gml:lowerCorner>48.2458"), "latitude first: {in_degrees}");
    let east_first = features(&city, "&featureID=buildings.B_0&srsName=EPSG:4326").await.text();
    assert!(east_first.contains("<gml:lowerCorner>11.6401"), "{east_first}");
    let two = features(&city, "&resourceId=buildings.B_3,buildings.none,buildings.B_1").await;
    assert_eq!(ids(&two), ["buildings.B_3", "buildings.B_1"]);

    let stored = "/wfs?service=WFS&version=2.0.0&request=GetFeature&storedQuery_id=urn:ogc:def:query:OGC-WFS::GetFeatureById&id=";
    let alone = city.get(&format!("{stored}buildings.B_5")).await;
    assert_eq!((alone.status, alone.header("content-type")), (200, GML));
    let text = alone.text();
    assert!(text.split_once("?>").unwrap().1.trim_start().starts_with("<st:buildings xmlns:"), "{text}");
    assert!(text.contains("gml:id=\"buildings.B_5\"") && !text.contains("FeatureCollection"), "{text}");
    for id in ["buildings.none", "nothing", &format!("buildings.{ENDED}"), "%3Cscript%3E"] {
        let gone = city.get(&format!("{stored}{id}")).await;
        assert_eq!(gone.status, 404, "{id}: {}", gone.text());
        assert!(gone.text().contains("exceptionCode=\"NotFound\" locator=\"id\""), "{}", gone.text());
        assert!(!gone.text().contains("<script"), "{}", gone.text());
    }

    let json = features(&city, "&outputFormat=application/geo%2Bjson&count=3&startIndex=1").await;
    assert_eq!((json.status, json.header("content-type")), (200, "application/geo+json"));
    let page = json.json();
    assert_eq!((&page["numberMatched"], &page["features"][0]["id"]), (&40.into(), &"B_1".into()), "{page}");
    let corner = page["features"][0]["geometry"]["coordinates"][0][0][0][0].as_f64().unwrap();
    assert!((corner - 11.64).abs() < 0.01, "{page}");
    for (format, namespace) in [("citygml-3.0", "citygml/3.0"), ("citygml-2.0", "citygml/2.0")] {
        let whole = features(&city, &format!("&outputFormat={format}&count=2")).await;
        let text = whole.text();
        assert_eq!(whole.status, 200, "{text}");
        assert!(text.contains(namespace) && text.matches("RoofSurface ").count() >= 2, "{text}");
    }
}

/// Query, status, code, locator.
#[tokio::test]
async fn faults_are_told_as_exception_reports() {
    let city = City::start().await;
    let get = "service=WFS&version=2.0.0&request=GetFeature";
    let long = format!("{get}&typeNames={}", "a".repeat(20_000));
    let cases = [
        ("", 400, "MissingParameterValue", "request"),
        ("request=GetCapabilities", 400, "MissingParameterValue", "service"),
        ("service=WMS&request=GetCapabilities", 400, "InvalidParameterValue", "service"),
        (
            "service=WFS&request=GetCapabilities&acceptVersions=9.9",
            400,
            "VersionNegotiationFailed",
            "acceptVersions",
        ),
        (
            "service=WFS&request=GetFeature&version=1.1.0&typeName=buildings",
            400,
            "InvalidParameterValue",
            "version",
        ),
        ("service=WFS&version=2.0.0&request=Transaction", 501, "OperationNotSupported", "request"),
        (
            "service=WFS&version=2.0.0&request=DescribeFeatureType&typeNames=none",
            400,
            "InvalidParameterValue",
            "typeNames",
        ),
        (get, 400, "MissingParameterValue", "typeNames"),
        (&format!("{get}&typeNames=st:none"), 400, "InvalidParameterValue", "typeNames"),
        (&format!("{get}&typeNames=buildings,trees"), 501, "OptionNotSupported", "typeNames"),
        (&format!("{get}&typeNames=buildings&count=-1"), 400, "InvalidParameterValue", "count"),
        (&format!("{get}&typeNames=buildings&startIndex=x"), 400, "InvalidParameterValue", "startindex"),
        (
            &format!("{get}&typeNames=buildings&startIndex=99999999999999999999999"),
            400,
            "InvalidParameterValue",
            "startIndex",
        ),
        (&format!("{get}&typeNames=buildings&bbox=1,2,3"), 400, "InvalidParameterValue", "bbox"),
        (&format!("{get}&typeNames=buildings&bbox=1,2,NaN,4"), 400, "InvalidParameterValue", "bbox"),
        (&format!("{get}&typeNames=buildings&bbox=1,2,3,4,EPSG:2180"), 400, "InvalidParameterValue", "bbox"),
        (&format!("{get}&typeNames=buildings&srsName=EPSG:2180"), 400, "InvalidParameterValue", "srsName"),
        (
            &format!("{get}&typeNames=buildings&outputFormat=shape-zip"),
            400,
            "InvalidParameterValue",
            "outputFormat",
        ),
        (&format!("{get}&typeNames=buildings&resultType=some"), 400, "InvalidParameterValue", "resultType"),
        (&format!("{get}&typeNames=buildings&filter=%3CFilter/%3E"), 400, "InvalidParameterValue", "filter"),
        (
            &format!("{get}&typeNames=buildings&filter=%3CFilter%3E%3CNot/%3E%3C/Filter%3E"),
            501,
            "OptionNotSupported",
            "filter",
        ),
        (
            &format!("{get}&typeNames=buildings&filter=%3CFilter/%3E&bbox=1,2,3,4"),
            400,
            "InvalidParameterValue",
            "bbox",
        ),
        (&format!("{get}&typeNames=buildings&sortBy=name"), 501, "OptionNotSupported", "sortby"),
        (&format!("{get}&typeNames=buildings&typeNAMES=trees"), 400, "InvalidParameterValue", "typenames"),
        (&format!("{get}&storedQuery_id=urn:none"), 400, "InvalidParameterValue", "storedQuery_id"),
        (
            &format!("{get}&storedQuery_id=urn:ogc:def:query:OGC-WFS::GetFeatureById"),
            400,
            "MissingParameterValue",
            "id",
        ),
        (&format!("{get}&resourceId=nothing"), 400, "InvalidParameterValue", "resourceId"),
        (&format!("{get}&typeNames=a%00b"), 400, "InvalidParameterValue", "typenames"),
        (&long, 400, "InvalidParameterValue", ""),
    ];
    for (query, status, code, locator) in cases {
        let answer = city.get(&format!("/wfs?{query}")).await;
        let text = answer.text();
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, "application/xml"),
            "{query}: {text}"
        );
        let locator = if locator.is_empty() { String::new() } else { format!(" locator=\"{locator}\"") };
        assert!(
            text.contains(&format!("<ows:Exception exceptionCode=\"{code}\"{locator}>")),
            "{query}: {text}"
        );
        assert!(text.len() < 2_000, "{text}");
    }
    let landing = city.get("/").await.text();
    assert!(landing.contains("/wfs?service=WFS"), "{landing}");
}
