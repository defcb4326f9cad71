//! CQL2 JSON.

use serde_json::{Map, Value};

use super::error::{FilterError, shortened};
use super::limits::Budget;
use super::{Expression, Instant, Kind, Literal, Operator, Position, Shape};

/// Reads a filter; `FilterError::at` is a JSON Pointer.
pub fn parse_json(text: &str) -> Result<Expression, FilterError> {
    let top = Position::Member(String::new());
    let budget = Budget::text(text.len(), top.clone())?;
    let value: Value = serde_json::from_str(text)
        .map_err(|error| FilterError::syntax(&top, format!("the filter is not JSON: {error}")))?;
    Reader { budget }.expression(&value, "")
}

struct Reader {
    budget: Budget,
}

fn fault<T>(pointer: &str, message: impl Into<String>) -> Result<T, FilterError> {
    Err(FilterError::syntax(&Position::Member(pointer.to_owned()), message))
}

impl Reader {
    fn made(&mut self, pointer: &str, kind: Kind) -> Result<Expression, FilterError> {
        let at = Position::Member(pointer.to_owned());
        self.budget.node(&at)?;
        Ok(Expression { at, kind })
    }

    fn expression(&mut self, value: &Value, pointer: &str) -> Result<Expression, FilterError> {
        let kind = match value {
            Value::Null => return fault(pointer, "null is no value; `isNull` asks for absence"),
            Value::Bool(value) => Kind::Literal(Literal::Boolean(*value)),
            Value::Number(number) => match number.as_f64().filter(|number| number.is_finite()) {
                Some(number) => Kind::Literal(Literal::Number(number)),
                None => return fault(pointer, format!("{number} is no number that can be handled")),
            },
            Value::String(text) => Kind::Literal(Literal::Text(text.clone())),
            Value::Array(items) => Kind::List(self.all(items, pointer)?),
            Value::Object(object) => self.object(object, pointer)?,
        };
        self.made(pointer, kind)
    }

    fn all(&mut self, items: &[Value], pointer: &str) -> Result<Vec<Expression>, FilterError> {
        self.budget.enter(&Position::Member(pointer.to_owned()))?;
        let all = items.iter().enumerate();
        let all = all.map(|(index, item)| self.expression(item, &format!("{pointer}/{index}"))).collect();
        self.budget.leave();
        all
    }

    fn object(&mut self, object: &Map<String, Value>, pointer: &str) -> Result<Kind, FilterError> {
        let text = |name: &str| object.get(name).and_then(Value::as_str);
        if object.contains_key("op") {
            return self.call(object, pointer);
        }
        if let Some(name) = text("property") {
            return Ok(Kind::Property(name.to_owned()));
        }
        if let Some(text) = text("date") {
            return instant(Instant::day(text), text, &format!("{pointer}/date"));
        }
        if let Some(text) = text("timestamp") {
            return instant(Instant::time(text), text, &format!("{pointer}/timestamp"));
        }
        if let Some(ends) = object.get("interval") {
            return self.interval(ends, &format!("{pointer}/interval"));
        }
        if object.contains_key("bbox") && !object.contains_key("type") || text("type").is_some() {
            return self.shape(object, pointer).map(|shape| Kind::Literal(Literal::Shape(shape)));
        }
        let names: Vec<_> = object.keys().take(5).map(|name| shortened(name)).collect();
        fault(
            pointer,
            format!(
                "an object has `op`, `property`, `date`, `timestamp`, `interval`, `bbox` or `type`, not {}",
                if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
            ),
        )
    }

    fn call(&mut self, object: &Map<String, Value>, pointer: &str) -> Result<Kind, FilterError> {
        let Some(name) = object.get("op").and_then(Value::as_str) else {
            return fault(&format!("{pointer}/op"), "`op` is no text");
        };
        let here = format!("{pointer}/args");
        let operands = match object.get("args") {
            Some(Value::Array(items)) => self.all(items, &here)?,
            None => Vec::new(),
            Some(_) => return fault(&here, "`args` is no array"),
        };
        let Some(operator) = Operator::by_json(name) else {
            return Ok(Kind::Function(name.to_owned(), operands));
        };
        let (least, most) = operator.operand_counts();
        if operands.len() < least || operands.len() > most {
            let most = if most > least { "or more " } else { "" };
            return fault(&here, format!("`{name}` takes {least} {most}operands, not {}", operands.len()));
        }
        if operator == Operator::In {
            match operands.get(1).map(|list| &list.kind) {
                Some(Kind::List(items)) if !items.is_empty() => {}
                Some(Kind::List(_)) => return fault(&here, "the list of `in` is empty"),
                _ => return fault(&here, "the second operand of `in` is no array"),
            }
        }
        Ok(Kind::Call(operator, operands))
    }

    fn interval(&mut self, ends: &Value, pointer: &str) -> Result<Kind, FilterError> {
        let Some([from, to]) = ends.as_array().map(Vec::as_slice) else {
            return fault(pointer, "an interval is an array of two");
        };
        let from = self.interval_end(from, &format!("{pointer}/0"))?;
        let to = self.interval_end(to, &format!("{pointer}/1"))?;
        Ok(Kind::Interval(Box::new([from, to])))
    }

    fn interval_end(&mut self, end: &Value, pointer: &str) -> Result<Expression, FilterError> {
        let kind = match end {
            Value::String(text) if text == ".." => Kind::Literal(Literal::Open),
            Value::String(text) => instant(Instant::parse(text), text, pointer)?,
            _ => {
                self.budget.enter(&Position::Member(pointer.to_owned()))?;
                let end = self.expression(end, pointer);
                self.budget.leave();
                return end;
            }
        };
        self.made(pointer, kind)
    }

    /// GeoJSON, or `{"bbox": […]}`.
    fn shape(&mut self, object: &Map<String, Value>, pointer: &str) -> Result<Shape, FilterError> {
        let shape = self.geometry(object, pointer)?;
        let at = Position::Member(pointer.to_owned());
        self.budget.shape(&at, &shape)?;
        match shape.fault() {
            Some(fault) => Err(FilterError::syntax(&at, fault)),
            None => Ok(shape),
        }
    }

    fn geometry(&mut self, object: &Map<String, Value>, pointer: &str) -> Result<Shape, FilterError> {
        let here = format!("{pointer}/coordinates");
        let coordinates = object.get("coordinates").unwrap_or(&Value::Null);
        Ok(match object.get("type").and_then(Value::as_str) {
            None => bbox(object.get("bbox").unwrap_or(&Value::Null), &format!("{pointer}/bbox"))?,
            Some("Point") => match numbers(coordinates).as_deref() {
                Some([x, y, height_m]) => Shape::High { place: [*x, *y], height_m: *height_m },
                _ => Shape::Point(point(coordinates, &here)?),
            },
            Some("LineString") => Shape::LineString(line(coordinates, &here)?),
            Some("Polygon") => Shape::Polygon(lines(coordinates, &here)?),
            Some("MultiPoint") => Shape::MultiPoint(line(coordinates, &here)?),
            Some("MultiLineString") => Shape::MultiLineString(lines(coordinates, &here)?),
            Some("MultiPolygon") => Shape::MultiPolygon(list(coordinates, &here, lines)?),
            Some("GeometryCollection") => Shape::Collection(self.members(object, pointer)?),
            Some(kind) => {
                return fault(&format!("{pointer}/type"), format!("no geometry `{}`", shortened(kind)));
            }
        })
    }

    fn members(&mut self, object: &Map<String, Value>, pointer: &str) -> Result<Vec<Shape>, FilterError> {
        let here = format!("{pointer}/geometries");
        self.budget.enter(&Position::Member(here.clone()))?;
        let members = object.get("geometries").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        if members.is_empty() {
            return fault(&here, "a collection of geometries is empty");
        }
        let mut shapes = Vec::new();
        for (index, member) in members.iter().enumerate() {
            let here = format!("{here}/{index}");
            match member.as_object().filter(|member| member.contains_key("type")) {
                Some(member) => shapes.push(self.geometry(member, &here)?.flattened()),
                None => return fault(&here, "a geometry is expected"),
            }
        }
        self.budget.leave();
        Ok(shapes)
    }
}

fn instant(found: Option<Instant>, text: &str, pointer: &str) -> Result<Kind, FilterError> {
    match found {
        Some(instant) => Ok(Kind::Literal(Literal::Instant(instant))),
        None => fault(pointer, format!("'{}' is no date or time", shortened(text))),
    }
}

fn list<T>(
    value: &Value,
    pointer: &str,
    item: impl Fn(&Value, &str) -> Result<T, FilterError>,
) -> Result<Vec<T>, FilterError> {
    match value.as_array().filter(|items| !items.is_empty()) {
        Some(items) => {
            items.iter().enumerate().map(|(i, value)| item(value, &format!("{pointer}/{i}"))).collect()
        }
        None => fault(pointer, "an array of coordinates is expected"),
    }
}

fn lines(value: &Value, pointer: &str) -> Result<Vec<Vec<[f64; 2]>>, FilterError> {
    list(value, pointer, line)
}

fn line(value: &Value, pointer: &str) -> Result<Vec<[f64; 2]>, FilterError> {
    list(value, pointer, point)
}

/// A third coordinate is left out.
fn point(value: &Value, pointer: &str) -> Result<[f64; 2], FilterError> {
    match numbers(value).as_deref() {
        Some([x, y] | [x, y, _]) => Ok([*x, *y]),
        _ => fault(pointer, "a point is an array of two or three numbers"),
    }
}

fn bbox(value: &Value, pointer: &str) -> Result<Shape, FilterError> {
    match numbers(value).as_deref() {
        Some([a, b, c, d]) => Ok(Shape::Box { corners: [*a, *b, *c, *d], heights: None }),
        Some([a, b, low, c, d, high]) => {
            Ok(Shape::Box { corners: [*a, *b, *c, *d], heights: Some([*low, *high]) })
        }
        _ => fault(pointer, "a box is an array of four or six numbers"),
    }
}

fn numbers(value: &Value) -> Option<Vec<f64>> {
    value.as_array()?.iter().map(|number| number.as_f64().filter(|number| number.is_finite())).collect()
}
