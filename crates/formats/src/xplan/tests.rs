use super::*;

/// A document around members; `head` stands in the plan.
fn document(head: &str, members: &str) -> String {
    format!(
        "<?xml version='1.0' encoding='UTF-8'?><xplan:XPlanAuszug xmlns:xplan='http://www.xplanung.de/xplangml/6/0' \
         xmlns:gml='http://www.opengis.net/gml/3.2' gml:id='P'><gml:boundedBy><gml:Envelope srsName='EPSG:25832'>\
         <gml:lowerCorner>0 0</gml:lowerCorner><gml:upperCorner>1 1</gml:upperCorner></gml:Envelope></gml:boundedBy>\
         <gml:featureMember><xplan:BP_Plan gml:id='B'><xplan:name>Am Weiher &amp; Hof</xplan:name>{head}</xplan:BP_Plan>\
         </gml:featureMember>{members}</xplan:XPlanAuszug>"
    )
}

fn member(class: &str, id: &str, inside: &str) -> String {
    format!("<gml:featureMember><xplan:{class} gml:id='{id}'>{inside}</xplan:{class}></gml:featureMember>")
}

/// A square of 10 m with these further rings.
fn position(interior: &str) -> String {
    format!(
        "<xplan:position><gml:Polygon srsName='EPSG:31468' gml:id='G'><gml:exterior><gml:LinearRing>\
         <gml:posList srsDimension='2'>0 0 10 0 10 10\n0 10 0 0 </gml:posList></gml:LinearRing></gml:exterior>{interior}\
         </gml:Polygon></xplan:position>"
    )
}

const FIELD: &str = "BP_UeberbaubareGrundstuecksFlaeche";
const SQUARE: [[f64; 2]; 4] = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]];

#[test]
fn fields_and_zones_are_read() {
    let height = "<xplan:hoehenangabe><xplan:XP_Hoehenangabe><xplan:hoehenbezug>1000</xplan:hoehenbezug>\
                  <xplan:bezugspunkt>6000</xplan:bezugspunkt><xplan:hMin uom='m'>480</xplan:hMin><xplan:hMax uom='m'>492.5</xplan:hMax>\
                  </xplan:XP_Hoehenangabe></xplan:hoehenangabe>";
    let hole = "<gml:interior><gml:LinearRing><gml:pos>1 1</gml:pos><gml:pos>1 2</gml:pos><gml:pos>2 2</gml:pos>\
                <gml:pos>1 1</gml:pos></gml:LinearRing></gml:interior>";
    let zone = "<xplan:Z>3</xplan:Z><xplan:GRZ>0.4</xplan:GRZ><xplan:GFZ>1.2</xplan:GFZ>\
                <xplan:besondereArtDerBaulNutzung>1200</xplan:besondereArtDerBaulNutzung>";
    let members = [
        member("BP_VerkehrsflaecheBesondererZweckbestimmung", "V", &position("")),
        member(FIELD, "F1", &(height.to_owned() + &position(hole))),
        member("BP_BaugebietsTeilFlaeche", "T1", &(position("") + zone)),
        member(FIELD, "F2", &format!("<xplan:Z>5</xplan:Z><xplan:Zzwingend>4</xplan:Zzwingend>{}", curve())),
    ];
    let text = document("<xplan:bezugshoehe uom='m'>480.5</xplan:bezugshoehe>", &members.concat());
    assert!(is_xplan(text.as_bytes()));
    let plan = read_xplan(text.as_bytes()).unwrap();
    assert_eq!((plan.name.as_deref(), plan.reference_m), (Some("Am Weiher & Hof"), Some(480.5)));
    let [field, zone, curved] = plan.areas.as_slice() else { panic!("{:?}", plan.areas) };
    assert_eq!(
        (field.id.as_str(), field.kind, field.srs_name.as_deref()),
        ("F1", AreaKind::Field, Some("EPSG:31468"))
    );
    assert_eq!(field.polygons, [vec![SQUARE.to_vec(), vec![[1.0, 1.0], [1.0, 2.0], [2.0, 2.0]]]]);
    assert_eq!(field.heights, [PlanHeight { point: Some(6000), datum: Some(1000), value_m: 492.5 }]);
    assert_eq!(
        (zone.kind, zone.storeys, zone.grz, zone.gfz),
        (AreaKind::Zone, Some(3), Some(0.4), Some(1.2))
    );
    assert_eq!((zone.land_use, zone.bmz, zone.heights.len()), (Some(1200), None, 0));
    assert_eq!(
        (curved.storeys, curved.is_curved, curved.srs_name.as_deref()),
        (Some(4), true, Some("EPSG:25832"))
    );
    assert_eq!(curved.polygons, [vec![SQUARE.to_vec()]]);
}

/// The square in segments, one of them an arc.
fn curve() -> String {
    "<xplan:position><gml:MultiSurface><gml:surfaceMember><gml:Polygon><gml:exterior><gml:Ring><gml:curveMember><gml:Curve>\
     <gml:segments><gml:LineStringSegment><gml:posList>0 0 10 0</gml:posList></gml:LineStringSegment>\
     <gml:Arc><gml:posList>10 0 10 10 0 10</gml:posList></gml:Arc></gml:segments></gml:Curve></gml:curveMember>\
     <gml:curveMember><gml:LineString><gml:posList>0 10 0 0</gml:posList></gml:LineString></gml:curveMember></gml:Ring>\
     </gml:exterior></gml:Polygon></gml:surfaceMember></gml:MultiSurface></xplan:position>"
        .to_owned()
}

#[test]
fn broken_plans_are_told() {
    let deep = "<a>".repeat(101);
    let with = |inside: &str| document("", &member(FIELD, "F1", inside));
    let cases = [
        (deep, "more than 100 deep"),
        ("<xplan:BP_Plan".to_owned(), ""),
        (document("", "<a>").replace("</xplan:XPlanAuszug>", ""), "not well-formed"),
        (document("", "<a></b>"), "not well-formed"),
        (with("<xplan:Z>III</xplan:Z>"), "`F1`: Z must be a number, not `III`"),
        (with("<xplan:GRZ>NaN</xplan:GRZ>"), "GRZ must be a number"),
        (with(&position("").replace("10 10", "10 x")), "posList must be a number, not `x`"),
    ];
    for (text, part) in cases {
        match read_xplan(text.as_bytes()) {
            Ok(plan) => assert!(part.is_empty() && plan.areas.is_empty(), "{text}"),
            Err(error) => assert!(error.to_string().contains(part), "{text}: {error}"),
        }
    }
    assert!(!is_xplan(b"<CityModel/>"));
}

/// A name is read once, however long it is and whatever comes after it.
#[test]
fn long_names_and_many_rings_take_no_longer_than_their_bytes() {
    let id = "x".repeat(4 << 20);
    let children = "<xplan:a/>".repeat(200_000);
    let rings = "<gml:exterior><gml:LinearRing/></gml:exterior>".repeat(100_000);
    let position = format!("<xplan:position><gml:Polygon>{rings}</gml:Polygon></xplan:position>");
    let text = document("", &member(FIELD, &id, &format!("{children}{position}")));
    // Where each element would copy the name or move all rings, this took hours.
    let plan = read_xplan(text.as_bytes()).unwrap();
    assert_eq!((plan.areas.len(), plan.areas[0].id.len()), (1, 300));
}
