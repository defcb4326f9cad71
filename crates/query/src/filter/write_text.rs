//! A filter as CQL2 text.

use super::lexer::{is_name_part, is_name_start};
use super::operator::Family;
use super::{Expression, Kind, Literal, Operator, Shape};

/// Text that `parse_text` reads as an equal tree.
pub fn to_text(expression: &Expression) -> String {
    let mut out = String::new();
    push(&mut out, expression);
    out
}

/// Names that stand for something else when they are not quoted.
const KEYWORDS: [&str; 11] =
    ["AND", "OR", "NOT", "LIKE", "BETWEEN", "IN", "IS", "NULL", "TRUE", "FALSE", "DIV"];

fn push(out: &mut String, expression: &Expression) {
    match &expression.kind {
        Kind::Literal(literal) => push_literal(out, literal),
        Kind::Property(name) => push_name(out, name),
        Kind::Function(name, arguments) => {
            // Quoted, a name is never an operator's or a geometry's.
            push_quoted_name(out, name);
            push_all(out, arguments);
        }
        Kind::List(items) => push_all(out, items),
        Kind::Interval(ends) => {
            out.push_str("INTERVAL(");
            push_end(out, &ends[0]);
            out.push_str(", ");
            push_end(out, &ends[1]);
            out.push(')');
        }
        Kind::Call(operator, operands) => push_call(out, *operator, operands),
    }
}

fn push_call(out: &mut String, operator: Operator, operands: &[Expression]) {
    match (operator, operands) {
        (Operator::Not, [operand]) => {
            out.push_str("NOT (");
            push(out, operand);
            out.push(')');
        }
        (Operator::IsNull, [operand]) => {
            push_inner(out, operand);
            out.push_str(" IS NULL");
        }
        (Operator::Between, [value, low, high]) => {
            push_inner(out, value);
            out.push_str(" BETWEEN ");
            push_inner(out, low);
            out.push_str(" AND ");
            push_inner(out, high);
        }
        (Operator::In, [value, list]) => {
            push_inner(out, value);
            out.push_str(" IN ");
            push(out, list);
        }
        _ if operator.is_call() => {
            out.push_str(operator.text());
            push_all(out, operands);
        }
        _ => {
            for (index, operand) in operands.iter().enumerate() {
                if index > 0 {
                    out.push(' ');
                    out.push_str(operator.text());
                    out.push(' ');
                }
                push_inner(out, operand);
            }
        }
    }
}

/// In brackets where an operator stands inside.
fn push_inner(out: &mut String, expression: &Expression) {
    let is_bare = match &expression.kind {
        Kind::Call(operator, _) => {
            matches!(operator.family(), Family::Spatial | Family::Temporal | Family::Array | Family::Folding)
        }
        _ => true,
    };
    if !is_bare {
        out.push('(');
    }
    push(out, expression);
    if !is_bare {
        out.push(')');
    }
}

fn push_all(out: &mut String, items: &[Expression]) {
    out.push('(');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        push(out, item);
    }
    out.push(')');
}

fn push_end(out: &mut String, end: &Expression) {
    match &end.kind {
        Kind::Literal(Literal::Instant(instant)) => push_quoted(out, &instant.to_string()),
        _ => push(out, end),
    }
}

fn push_literal(out: &mut String, literal: &Literal) {
    match literal {
        Literal::Boolean(value) => out.push_str(if *value { "TRUE" } else { "FALSE" }),
        Literal::Number(number) => out.push_str(&number.to_string()),
        Literal::Text(text) => push_quoted(out, text),
        Literal::Instant(instant) => {
            out.push_str(if instant.is_day() { "DATE(" } else { "TIMESTAMP(" });
            push_quoted(out, &instant.to_string());
            out.push(')');
        }
        Literal::Open => out.push_str("'..'"),
        Literal::Shape(shape) => push_shape(out, shape),
    }
}

fn push_quoted(out: &mut String, text: &str) {
    out.push('\'');
    let mut backslashes = 0;
    for character in text.chars() {
        if character == '\'' {
            // Backslashes before a quotation mark count double.
            (0..backslashes).for_each(|_| out.push('\\'));
            out.push('\'');
        }
        backslashes = if character == '\\' { backslashes + 1 } else { 0 };
        out.push(character);
    }
    (0..backslashes).for_each(|_| out.push('\\'));
    out.push('\'');
}

fn push_name(out: &mut String, name: &str) {
    let is_plain = name.starts_with(is_name_start)
        && name.chars().all(is_name_part)
        && !KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(name));
    match is_plain {
        true => out.push_str(name),
        false => push_quoted_name(out, name),
    }
}

fn push_quoted_name(out: &mut String, name: &str) {
    out.push('"');
    out.push_str(&name.replace('"', "\"\""));
    out.push('"');
}

fn push_shape(out: &mut String, shape: &Shape) {
    match shape {
        Shape::Point(point) => {
            out.push_str("POINT(");
            push_point(out, point);
            out.push(')');
        }
        Shape::High { place: [x, y], height_m } => out.push_str(&format!("POINT Z({x} {y} {height_m})")),
        Shape::LineString(points) => {
            out.push_str("LINESTRING");
            push_line(out, points);
        }
        Shape::Polygon(rings) => {
            out.push_str("POLYGON");
            push_list(out, rings, |out, ring| push_line(out, ring));
        }
        Shape::MultiPoint(points) => {
            out.push_str("MULTIPOINT");
            push_list(out, points, |out, point| push_line(out, std::slice::from_ref(point)));
        }
        Shape::MultiLineString(lines) => {
            out.push_str("MULTILINESTRING");
            push_list(out, lines, |out, line| push_line(out, line));
        }
        Shape::MultiPolygon(polygons) | Shape::Prism { plan: polygons, .. } => {
            out.push_str("MULTIPOLYGON");
            push_list(out, polygons, |out, rings| push_list(out, rings, |out, ring| push_line(out, ring)));
        }
        Shape::Collection(members) => {
            out.push_str("GEOMETRYCOLLECTION");
            push_list(out, members, push_shape);
        }
        Shape::Box { corners: [a, b, c, d], heights } => out.push_str(&match heights {
            None => format!("BBOX({a}, {b}, {c}, {d})"),
            Some([low, high]) => format!("BBOX({a}, {b}, {low}, {c}, {d}, {high})"),
        }),
    }
}

fn push_line(out: &mut String, points: &[[f64; 2]]) {
    push_list(out, points, push_point);
}

fn push_point(out: &mut String, [x, y]: &[f64; 2]) {
    out.push_str(&format!("{x} {y}"));
}

fn push_list<T>(out: &mut String, items: &[T], push_item: impl Fn(&mut String, &T)) {
    out.push('(');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        push_item(out, item);
    }
    out.push(')');
}
