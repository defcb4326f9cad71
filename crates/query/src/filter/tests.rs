use proptest::prelude::*;

use super::*;
use stadtwin_model::{Collection, PropertySummary, PropertyType};

fn check_text(text: &str, expected: Result<&str, &str>) {
    match (parse_text(text), expected) {
        (Ok(found), Ok(expected)) => assert_eq!(to_text(&found), expected, "{text}"),
        (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{text}: {error}"),
        (found, _) => panic!("{text}: {found:?}"),
    }
}

#[test]
fn text_binds_as_the_grammar_says() {
    let cases = [
        ("a=1 or b=2 and not c=3", "(a = 1) OR ((b = 2) AND (NOT (c = 3)))"),
        ("a + b * -c ^ 2 - 1 > 0", "((a + (b * ((-1 * c) ^ 2))) - 1) > 0"),
        ("2 ^ 3 ^ a = 1", "(2 ^ (3 ^ a)) = 1"),
        ("a div 2 % 3 = 1.5e3", "((a DIV 2) % 3) = 1500"),
        ("balance-150.0 > .5", "(balance - 150) > 0.5"),
        ("name not like 'a%' and x is not null", "(NOT (name LIKE 'a%')) AND (NOT (x IS NULL))"),
        (
            "x between 1 and 2 and y in ('a','it''s','b\\'c')",
            "(x BETWEEN 1 AND 2) AND (y IN ('a', 'it''s', 'b''c'))",
        ),
        ("casei(\"or\") = 'x'", "CASEI(\"or\") = 'x'"),
        ("(a = 1) = TRUE", "(a = 1) = TRUE"),
        ("date = DATE('2020-01-31')", "date = DATE('2020-01-31')"),
        (
            "t_after(interval(start,\"end\"),interval('..','2020-01-01T00:00:00Z'))",
            "T_AFTER(INTERVAL(start, end), INTERVAL('..', '2020-01-01T00:00:00Z'))",
        ),
        ("A_EQUALS(tags, ('a', TRUE, 1.0, (2)))", "A_EQUALS(tags, ('a', TRUE, 1, 2))"),
        ("A_CONTAINS(tags, ('a'))", "A_CONTAINS(tags, ('a'))"),
        (
            "S_WITHIN(point, Polygon Z((0 0 1,1 0 1,1 1 1,0 0 1)))",
            "S_WITHIN(point, POLYGON((0 0, 1 0, 1 1, 0 0)))",
        ),
        ("s_equals(MULTIPOINT(1 2, (-3 4)), g)", "S_EQUALS(MULTIPOINT((1 2), (-3 4)), g)"),
        ("S_INTERSECTS(g,bbox(1,2,-3,4,5,6))", "S_INTERSECTS(g, BBOX(1, 2, -3, 4, 5, 6))"),
        (
            "landsat:scene_id = 'é\u{1f600}' AND größe.m > 2",
            "(landsat:scene_id = 'é\u{1f600}') AND (größe.m > 2)",
        ),
        ("avg ( x ) < 4", "\"avg\"(x) < 4"),
    ];
    for (text, expected) in cases {
        check_text(text, Ok(expected));
    }
}

#[test]
fn faults_in_text_are_told_with_their_place() {
    let deep = "(".repeat(60) + "a = 1";
    let long = format!("a = '{}'", "x".repeat(70_000));
    let many = format!("a IN ({})", vec!["1"; 3_000].join(","));
    let points = format!("S_INTERSECTS(g, LINESTRING({}))", vec!["1 2"; 10_001].join(","));
    let sum = format!("a = {}", vec!["1"; 60].join("+"));
    let cases = [
        ("", "at character 1: the filter is empty"),
        ("  ", "empty"),
        ("a =", "at character 4: a value is expected, not the end"),
        ("a = 1 b", "at character 7: nothing more is expected, but `b` follows"),
        ("a = 'x", "at character 5: a text in quotation marks has no end"),
        ("ä = ; 1", "at character 5: `;` has no meaning"),
        ("a in ()", "at character 6: the list behind IN is empty"),
        ("a LIKE", "at character 7"),
        ("a between 1 or 2", "at character 13: AND is expected"),
        ("a is 1", "NULL is expected behind IS, not 1"),
        ("and = 1", "not the keyword AND"),
        ("a = DATE('2020-02-30')", "a date as '2020-01-31' is expected, not '2020-02-30'"),
        ("a = TIMESTAMP('2020')", "a time as"),
        ("a = 1e999", "`1e999` is no number that can be handled"),
        (
            "S_INTERSECTS(g, POLYGON((0 0,1 1,1 0,2 2)))",
            "at character 17: a ring ends elsewhere than it begins",
        ),
        ("S_INTERSECTS(g, POLYGON((0 0,1 1,0 0)))", "fewer than four points"),
        ("S_INTERSECTS(g, LINESTRING(0 0))", "fewer than two points"),
        ("S_INTERSECTS(g, BBOX(0,1,2))", "four or six numbers"),
        ("S_INTERSECTS(g, BBOX(0,3,2,1))", "lies above"),
        ("S_INTERSECTS(g)", "at character 15: `,` is expected, not `)`"),
        ("S_INTERSECTS(g, GEOMETRYCOLLECTION(a))", "a geometry is expected, not `a`"),
        (deep.as_str(), "more than 50 levels of brackets"),
        (sum.as_str(), "more than 50 levels of brackets"),
        (long.as_str(), "more than 65536 bytes"),
        (many.as_str(), "more than 2000 operators and values"),
        (points.as_str(), "more than 10000 points"),
    ];
    for (text, part) in cases {
        check_text(text, Err(part));
    }
}

#[test]
fn faults_in_json_are_told_with_their_place() {
    let deep = "[".repeat(70) + &"]".repeat(70);
    let cases = [
        ("{", "at the top: the filter is not JSON"),
        ("{}", "at the top: an object has `op`"),
        (r#"{"op":"=","args":[{"property":"a"}]}"#, "at /args: `=` takes 2 operands, not 1"),
        (r#"{"op":"and","args":[true]}"#, "`and` takes 2 or more operands"),
        (r#"{"op":"not","args":[{"op":"=","args":[{"prop":"a"},1]}]}"#, "at /args/0/args/0: an object has"),
        (r#"{"op":"in","args":[{"property":"a"},1]}"#, "no array"),
        (r#"{"op":"=","args":[{"property":"a"},null]}"#, "at /args/1: null is no value"),
        (r#"{"op":"=","args":[{"property":"a"},{"date":"2020"}]}"#, "at /args/1/date: '2020' is no date"),
        (
            r#"{"op":"s_intersects","args":[{"property":"g"},{"type":"Polygon","coordinates":[[[0,0],[1,1],["x",0],[0,0]]]}]}"#,
            "at /args/1/coordinates/0/2: a point is an array",
        ),
        (
            r#"{"op":"s_intersects","args":[{"property":"g"},{"type":"Solid"}]}"#,
            "at /args/1/type: no geometry `Solid`",
        ),
        (deep.as_str(), "more than 50 levels of brackets"),
    ];
    for (json, part) in cases {
        let error = parse_json(json).unwrap_err().to_string();
        assert!(error.contains(part), "{json}: {error}");
    }
}

fn queryables() -> Queryables {
    let property = |name: &str, kind| PropertySummary { name: name.to_owned(), kind, count: 1 };
    Queryables::of(&Collection {
        key: 1,
        id: "c".into(),
        title: String::new(),
        description: String::new(),
        head: 1,
        feature_count: 0,
        extent: None,
        height_range: None,
        lods: Vec::new(),
        classes: vec![("Building".into(), 1), ("BuildingPart".into(), 2)],
        properties: vec![
            property("measuredHeight", PropertyType::Number),
            property("storeys", PropertyType::Integer),
            property("name", PropertyType::String),
            property("listed", PropertyType::Boolean),
            property("creationDate", PropertyType::Date),
            property("changed", PropertyType::DateTime),
            property("address", PropertyType::Json),
            property("class", PropertyType::String),
        ],
        updated: None,
        has_unplaced: false,
        has_faces: true,
        has_lineage: false,
        ground_terrain: None,
        ground_run: 0,
        clamp_terrain: None,
        valid_range: [None, None],
    })
}

#[test]
fn filters_are_checked_against_the_properties() {
    let queryables = queryables();
    let good = [
        "measuredHeight > storeys * 3",
        "listed AND NOT listed = FALSE",
        "address.city = 'Berlin' AND address.number > 3",
        "A_CONTAINS(address.tags, ('a'))",
        "creationDate > '2020-01-01' AND changed < DATE('2020-01-01')",
        "name = DATE('2020-01-01')",
        "T_DURING(INTERVAL(creationDate, changed), INTERVAL('2020-01-01', '..'))",
        "T_INTERSECTS(validTime, DATE('2020-01-01'))",
        "gen_class = '1000' AND class IN ('Building', 'Bridge')",
        "A_OVERLAPS(lods, ('2', '2.2')) AND zMax - zMin > height() / 2",
        "CASEI(name) LIKE CASEI('str%') AND geometry IS NOT NULL",
        "distance(geometry, POINT(1 2)) < area(geometry)",
        "S_TOUCHES(geometry, GEOMETRYCOLLECTION(POINT(1 2), MULTIPOINT((3 4))))",
        "name BETWEEN 'a' AND 'b' OR year(changed) = 2020",
    ];
    for text in good {
        parse_text(text).unwrap().check(&queryables).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
    let bad = [
        ("measuredheight > 1", "at character 1: no property `measuredheight`; do you mean `measuredHeight`?"),
        ("1 < foo", "at character 5: no property `foo`; known: id, geometry, class"),
        ("name.x = 1", "no property `name.x`"),
        ("measuredHeight > 'abc'", "at character 18: a number is expected here, and `'abc'` is a text"),
        ("name = 5", "a number is expected here, and `name` is a text"),
        ("name", "true or false is expected here, and `name` is a text"),
        ("listed > TRUE", "have no order"),
        ("geometry = POINT(1 2)", "S_EQUALS"),
        ("validTime = DATE('2020-01-01')", "T_EQUALS"),
        ("lods = ('2')", "A_EQUALS"),
        ("creationDate > 'yesterday'", "at character 16: 'yesterday' is no date or time"),
        (
            "class = 'Buildng'",
            "at character 9: `class` cannot be 'Buildng'; here are: Building, BuildingPart",
        ),
        ("name LIKE name", "the pattern behind LIKE is a text"),
        ("name LIKE 'a\\\\'", "cannot end in a single backslash"),
        ("S_INTERSECTS(name, POINT(1 2))", "a geometry is expected here, and `name` is a text"),
        ("S_INTERSECTS(geometry, BBOX(1,2,3,4,5,6))", "ask for zMin and zMax"),
        (
            "S_TOUCHES(geometry, GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(1 2, 3 4)))",
            "points, lines and areas",
        ),
        ("T_AFTER(storeys, DATE('2020-01-01'))", "a date is expected here, and `storeys` is a number"),
        ("foo() = 1", "no function `foo`; known: height, volume, area3d"),
        ("area() = 1", "`area` takes 1 arguments, not 0"),
        ("storeys + name > 1", "a number is expected here, and `name` is a text"),
        ("A_CONTAINS(name, ('a'))", "an array is expected here"),
    ];
    for (text, part) in bad {
        let error = parse_text(text).unwrap().check(&queryables).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}

fn made(kind: Kind) -> Expression {
    Expression { at: Position::Character(0), kind }
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![-1e6..1e6, (-1000..1000_i32).prop_map(f64::from), Just(1e300), Just(-2.5e-7)]
}

fn point() -> impl Strategy<Value = [f64; 2]> {
    [-180.0..180.0, -90.0..90.0]
}

fn ring() -> impl Strategy<Value = Vec<[f64; 2]>> {
    prop::collection::vec(point(), 3..6).prop_map(|mut ring| {
        ring.push(ring[0]);
        ring
    })
}

fn shape() -> impl Strategy<Value = Shape> {
    let line = || prop::collection::vec(point(), 2..5);
    let polygon = || prop::collection::vec(ring(), 1..3);
    let plain = prop_oneof![
        point().prop_map(Shape::Point),
        line().prop_map(Shape::LineString),
        polygon().prop_map(Shape::Polygon),
        prop::collection::vec(point(), 1..4).prop_map(Shape::MultiPoint),
        prop::collection::vec(line(), 1..3).prop_map(Shape::MultiLineString),
        prop::collection::vec(polygon(), 1..3).prop_map(Shape::MultiPolygon),
    ];
    let heights = prop::option::of(Just([-5.0, 12.5]));
    prop_oneof![
        3 => plain.clone(),
        // Alone: among others its height is left out.
        1 => (point(), -500.0..9000.0).prop_map(|(place, height_m)| Shape::High { place, height_m }),
        1 => prop::collection::vec(plain, 1..3).prop_map(Shape::Collection),
        1 => (point(), 0.0..10.0, heights).prop_map(|([x, y], up, heights)| Shape::Box {
            corners: [x, y, -x, y + up],
            heights,
        }),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z '\\\\\"%_äß;]{0,8}", "\\PC{0,6}"]
}

fn instant() -> impl Strategy<Value = Instant> {
    prop_oneof![
        (1..9999_i16, 1..=12_i8, 1..=28_i8)
            .prop_map(|(year, month, day)| Instant::Day(jiff::civil::date(year, month, day))),
        (0..4_000_000_000_i64, 0..1_000_000_000_i32)
            .prop_map(|(seconds, nanos)| Instant::Time(jiff::Timestamp::new(seconds, nanos).unwrap())),
    ]
}

fn leaf() -> impl Strategy<Value = Expression> {
    let name = prop_oneof!["[a-z:_][a-zA-Z0-9._:]{0,8}", "[a-zA-Z \"'.-]{1,8}", Just("not".to_owned())];
    prop_oneof![
        name.prop_map(Kind::Property),
        any::<bool>().prop_map(|value| Kind::Literal(Literal::Boolean(value))),
        number().prop_map(|value| Kind::Literal(Literal::Number(value))),
        text().prop_map(|value| Kind::Literal(Literal::Text(value))),
        instant().prop_map(|value| Kind::Literal(Literal::Instant(value))),
        shape().prop_map(|value| Kind::Literal(Literal::Shape(value))),
    ]
    .prop_map(made)
}

fn interval() -> impl Strategy<Value = Expression> {
    let end = || {
        prop_oneof![
            Just(Kind::Literal(Literal::Open)),
            instant().prop_map(|value| Kind::Literal(Literal::Instant(value))),
            "[a-z]{1,5}".prop_map(Kind::Property),
        ]
        .prop_map(made)
    };
    (end(), end()).prop_map(|(from, to)| made(Kind::Interval(Box::new([from, to]))))
}

/// Every operator, whether its operands make sense or not: writers and parsers know no types.
fn tree() -> impl Strategy<Value = Expression> {
    let operators: Vec<_> = (0..).map_while(Operator::nth).collect();
    prop_oneof![4 => leaf(), 1 => interval()].prop_recursive(4, 24, 3, move |inner| {
        let list = prop::collection::vec(inner.clone(), 1..4).prop_map(|items| made(Kind::List(items)));
        let several = prop::collection::vec(inner.clone(), 2..4);
        let call =
            (prop::sample::select(operators.clone()), prop::collection::vec(inner.clone(), 3), list, several)
                .prop_map(|(operator, mut operands, list, several)| {
                    let (least, most) = operator.operand_counts();
                    operands.truncate(least);
                    let is_array = operator.family() == Family::Array;
                    let operands = match operator {
                        Operator::In => vec![operands.remove(0), list],
                        _ if most > 3 => several,
                        _ if is_array => vec![operands.remove(0), list],
                        _ => operands,
                    };
                    made(Kind::Call(operator, operands))
                });
        let function = ("[a-zA-Z_]{1,9}", prop::collection::vec(inner, 0..3))
            .prop_filter("a name of an operator", |(name, _)| Operator::by_json(name).is_none())
            .prop_map(|(name, arguments)| made(Kind::Function(name, arguments)));
        prop_oneof![6 => call, 1 => function]
    })
}

proptest! {
    #[test]
    fn a_filter_comes_back_from_text(tree in tree()) {
        let text = to_text(&tree);
        match parse_text(&text) {
            Ok(back) => prop_assert_eq!(back, tree, "{}", text),
            Err(error) => prop_assert!(false, "{}: {}", text, error),
        }
    }

    #[test]
    fn a_filter_comes_back_from_json(tree in tree()) {
        let json = to_json(&tree).to_string();
        match parse_json(&json) {
            Ok(back) => prop_assert_eq!(back, tree, "{}", json),
            Err(error) => prop_assert!(false, "{}: {}", json, error),
        }
    }

    #[test]
    fn no_text_makes_the_parsers_fail_badly(text in "[a-z0-9 '\"(),.<>=*/^%+\\\\-]{0,40}|\\PC{0,40}") {
        let queryables = queryables();
        for parsed in [parse_text(&text), parse_json(&text)].into_iter().flatten() {
            let _ = parsed.check(&queryables);
        }
    }
}
