//! Geometries in CQL2 text: Well-Known Text and BBOX.

use super::Shape;
use super::error::FilterError;
use super::lexer::Token;
use super::text::Parser;

const NAMES: [&str; 8] = [
    "POINT",
    "LINESTRING",
    "POLYGON",
    "MULTIPOINT",
    "MULTILINESTRING",
    "MULTIPOLYGON",
    "GEOMETRYCOLLECTION",
    "BBOX",
];

/// Whether a geometry begins: its name, perhaps `Z`, and a bracket. Alone the name may be a property's.
pub(super) fn begins(name: &str, next: &Token, after: &Token) -> bool {
    let bracket = Token::Symbol("(");
    NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
        && (*next == bracket || is_z(next) && *after == bracket)
}

fn is_z(token: &Token) -> bool {
    matches!(token, Token::Name(name) if name.eq_ignore_ascii_case("Z"))
}

/// Third coordinates are read, and left out of all but points and boxes.
pub(super) fn shape(parser: &mut Parser) -> Result<Shape, FilterError> {
    let Token::Name(name) = parser.advance() else { return Err(parser.fault("a geometry is expected")) };
    if is_z(parser.peek()) {
        parser.advance();
    }
    Ok(match name.to_ascii_uppercase().as_str() {
        "POINT" => high_point(parser)?,
        "LINESTRING" => Shape::LineString(line(parser)?),
        "POLYGON" => Shape::Polygon(polygon(parser)?),
        // Also without the inner brackets, as is common.
        "MULTIPOINT" => Shape::MultiPoint(list(parser, |parser| match parser.peek() {
            Token::Symbol("(") => point_in_brackets(parser),
            _ => point(parser),
        })?),
        "MULTILINESTRING" => Shape::MultiLineString(list(parser, line)?),
        "MULTIPOLYGON" => Shape::MultiPolygon(list(parser, polygon)?),
        "GEOMETRYCOLLECTION" => Shape::Collection(list(parser, member)?),
        _ => bbox(parser)?,
    })
}

fn member(parser: &mut Parser) -> Result<Shape, FilterError> {
    parser.budget.enter(&parser.position())?;
    let is_plain =
        matches!(parser.peek(), Token::Name(name) if NAMES[..7].iter().any(|n| n.eq_ignore_ascii_case(name)));
    if !is_plain {
        return Err(parser.fault(format!("a geometry is expected, not {}", parser.peek())));
    }
    let member = shape(parser).map(Shape::flattened);
    parser.budget.leave();
    member
}

/// `(a, b, …)` with one at least.
fn list<T>(
    parser: &mut Parser,
    item: impl Fn(&mut Parser) -> Result<T, FilterError>,
) -> Result<Vec<T>, FilterError> {
    parser.expect("(")?;
    let mut items = vec![item(parser)?];
    while parser.takes_symbol(",") {
        items.push(item(parser)?);
    }
    parser.expect(")")?;
    Ok(items)
}

fn polygon(parser: &mut Parser) -> Result<Vec<Vec<[f64; 2]>>, FilterError> {
    list(parser, line)
}

fn line(parser: &mut Parser) -> Result<Vec<[f64; 2]>, FilterError> {
    list(parser, point)
}

fn high_point(parser: &mut Parser) -> Result<Shape, FilterError> {
    parser.expect("(")?;
    let place = [number(parser)?, number(parser)?];
    let height_m = if begins_number(parser) { Some(number(parser)?) } else { None };
    parser.expect(")")?;
    Ok(height_m.map_or(Shape::Point(place), |height_m| Shape::High { place, height_m }))
}

fn point_in_brackets(parser: &mut Parser) -> Result<[f64; 2], FilterError> {
    parser.expect("(")?;
    let point = point(parser)?;
    parser.expect(")")?;
    Ok(point)
}

fn point(parser: &mut Parser) -> Result<[f64; 2], FilterError> {
    let point = [number(parser)?, number(parser)?];
    if begins_number(parser) {
        number(parser)?;
    }
    Ok(point)
}

fn begins_number(parser: &Parser) -> bool {
    matches!(parser.peek(), Token::Number(_) | Token::Symbol("+" | "-"))
}

fn number(parser: &mut Parser) -> Result<f64, FilterError> {
    let sign = if parser.takes_symbol("-") { -1.0 } else { 1.0 };
    if sign > 0.0 {
        parser.takes_symbol("+");
    }
    match *parser.peek() {
        Token::Number(number) => {
            parser.advance();
            Ok(sign * number)
        }
        _ => Err(parser.fault(format!("a coordinate is expected, not {}", parser.peek()))),
    }
}

fn bbox(parser: &mut Parser) -> Result<Shape, FilterError> {
    let at = parser.position();
    match list(parser, number)?[..] {
        [a, b, c, d] => Ok(Shape::Box { corners: [a, b, c, d], heights: None }),
        [a, b, low, c, d, high] => Ok(Shape::Box { corners: [a, b, c, d], heights: Some([low, high]) }),
        _ => Err(FilterError::syntax(&at, "BBOX has four or six numbers")),
    }
}
