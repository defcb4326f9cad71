//! Filters on values at hand: of things that are no rows of the store, such as the surfaces of a building, and of rows
//! whose values are in memory.

use std::borrow::Cow;

use serde_json::Value;

use super::operator::Family;
use super::{Computed, Filter, Literal, Operator, Source, Term};
use stadtwin_model::Attributes;

/// What a term comes to; `Unknown` is CQL2's null.
#[derive(Debug, Clone, PartialEq)]
pub enum Known<'a> {
    Unknown,
    Truth(bool),
    Number(f64),
    Text(Cow<'a, str>),
}

/// What gives the values of properties.
pub trait Values {
    /// Of a property or a function; `None`: a function that is to be computed from its argument.
    fn given(&self, term: &Term) -> Option<Known<'_>>;
}

/// By their names.
impl Values for Attributes {
    fn given(&self, term: &Term) -> Option<Known<'_>> {
        match term {
            Term::Property { source: Source::Attribute(path), .. } => {
                let value = path.first().and_then(|name| self.get(name));
                Some(value.map_or(Known::Unknown, of_json))
            }
            Term::Property { .. } => Some(Known::Unknown),
            _ => None,
        }
    }
}

impl Filter {
    /// Whether values at hand are enough: numbers, texts and truths, compared, computed with and joined.
    pub fn needs_no_store(&self) -> bool {
        is_plain(self.root())
    }

    /// Whether it is true of these values; where it `needs_no_store`, or they come by its `columns`.
    pub fn holds(&self, values: &impl Values) -> bool {
        known(self.root(), values) == Known::Truth(true)
    }
}

fn is_plain(term: &Term) -> bool {
    match term {
        Term::Literal(literal) => {
            matches!(literal, Literal::Boolean(_) | Literal::Number(_) | Literal::Text(_))
        }
        Term::Property { source, .. } => matches!(source, Source::Attribute(path) if path.len() == 1),
        Term::List(items) => items.iter().all(is_plain),
        Term::Interval(_) => false,
        Term::Function(function, arguments) => {
            let is_scalar = matches!(
                function.computed,
                Computed::Absolute
                    | Computed::Floor
                    | Computed::Ceiling
                    | Computed::Lower
                    | Computed::Upper
                    | Computed::CharacterCount
            );
            is_scalar && arguments.iter().all(is_plain)
        }
        Term::Call(operator, operands) => {
            let is_scalar = !matches!(operator.family(), Family::Spatial | Family::Temporal | Family::Array)
                && *operator != Operator::AccentInsensitive;
            is_scalar && operands.iter().all(is_plain)
        }
    }
}

fn known<'a>(term: &'a Term, values: &'a impl Values) -> Known<'a> {
    match term {
        Term::Literal(Literal::Boolean(truth)) => Known::Truth(*truth),
        Term::Literal(Literal::Number(number)) => Known::Number(*number),
        Term::Literal(Literal::Text(text)) => Known::Text(Cow::Borrowed(text)),
        Term::Property { .. } => values.given(term).unwrap_or(Known::Unknown),
        Term::Function(function, arguments) => match (values.given(term), arguments.first()) {
            (Some(given), _) => given,
            (None, Some(argument)) => computed(function.computed, known(argument, values)),
            (None, None) => Known::Unknown,
        },
        Term::Call(operator, operands) => called(*operator, operands, values),
        _ => Known::Unknown,
    }
}

fn of_json(value: &Value) -> Known<'_> {
    match value {
        Value::Bool(truth) => Known::Truth(*truth),
        Value::Number(number) => number.as_f64().map_or(Known::Unknown, Known::Number),
        Value::String(text) => Known::Text(Cow::Borrowed(text)),
        _ => Known::Unknown,
    }
}

fn computed<'a>(function: Computed, argument: Known<'a>) -> Known<'a> {
    match (function, argument) {
        (Computed::Absolute, Known::Number(number)) => Known::Number(number.abs()),
        (Computed::Floor, Known::Number(number)) => Known::Number(number.floor()),
        (Computed::Ceiling, Known::Number(number)) => Known::Number(number.ceil()),
        (Computed::Lower, Known::Text(text)) => Known::Text(text.to_lowercase().into()),
        (Computed::Upper, Known::Text(text)) => Known::Text(text.to_uppercase().into()),
        (Computed::CharacterCount, Known::Text(text)) => Known::Number(text.chars().count() as f64),
        _ => Known::Unknown,
    }
}

fn called<'a>(operator: Operator, operands: &'a [Term], values: &'a impl Values) -> Known<'a> {
    let of = |term: &'a Term| known(term, values);
    match (operator, operands) {
        (Operator::And | Operator::Or, _) => joined(operator == Operator::And, operands.iter().map(of)),
        (Operator::Not, [operand]) => match of(operand) {
            Known::Truth(truth) => Known::Truth(!truth),
            _ => Known::Unknown,
        },
        (Operator::IsNull, [operand]) => Known::Truth(of(operand) == Known::Unknown),
        (Operator::Between, [value, low, high]) => {
            let value = of(value);
            let ends = [(Operator::GreaterOrEqual, low), (Operator::LessOrEqual, high)];
            joined(true, ends.into_iter().map(|(operator, end)| compared(operator, &value, &of(end))))
        }
        (Operator::In, [value, Term::List(items)]) => {
            let value = of(value);
            joined(false, items.iter().map(|item| compared(Operator::Equal, &value, &of(item))))
        }
        (Operator::Like, [value, pattern]) => match (of(value), of(pattern)) {
            (Known::Text(text), Known::Text(pattern)) => {
                let signs = |text: &str| text.chars().collect::<Vec<_>>();
                Known::Truth(is_like(&signs(&text), &signs(&pattern)))
            }
            _ => Known::Unknown,
        },
        (Operator::CaseInsensitive, [operand]) => match of(operand) {
            // Folded as Unicode has it: small letters, and sharp s as two.
            Known::Text(text) => Known::Text(text.to_lowercase().replace('ß', "ss").into()),
            _ => Known::Unknown,
        },
        (_, [left, right]) => match operator.family() {
            Family::Arithmetic => calculated(operator, of(left), of(right)),
            _ => compared(operator, &of(left), &of(right)),
        },
        _ => Known::Unknown,
    }
}

/// AND or OR of three values.
fn joined<'a>(is_and: bool, operands: impl Iterator<Item = Known<'a>>) -> Known<'a> {
    let mut result = Known::Truth(is_and);
    for operand in operands {
        match operand {
            Known::Truth(truth) if truth == is_and => {}
            Known::Truth(truth) => return Known::Truth(truth),
            _ => result = Known::Unknown,
        }
    }
    result
}

fn compared<'a>(operator: Operator, left: &Known<'_>, right: &Known<'_>) -> Known<'a> {
    let order = match (left, right) {
        (Known::Number(left), Known::Number(right)) => left.partial_cmp(right),
        (Known::Text(left), Known::Text(right)) => Some(left.cmp(right)),
        (Known::Truth(left), Known::Truth(right)) => Some(left.cmp(right)),
        _ => None,
    };
    let Some(order) = order else { return Known::Unknown };
    Known::Truth(match operator {
        Operator::Equal => order.is_eq(),
        Operator::NotEqual => order.is_ne(),
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterOrEqual => order.is_ge(),
        _ => return Known::Unknown,
    })
}

fn calculated<'a>(operator: Operator, left: Known<'_>, right: Known<'_>) -> Known<'a> {
    let (Known::Number(left), Known::Number(right)) = (left, right) else { return Known::Unknown };
    let result = match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        Operator::IntegerDivide => (left / right).trunc(),
        Operator::Remainder => left % right,
        Operator::Power => left.powf(right),
        _ => return Known::Unknown,
    };
    // What is divided by zero is not known.
    if result.is_finite() { Known::Number(result) } else { Known::Unknown }
}

/// `%` stands for any signs, `_` for one; a backslash makes the next plain. The last `%` met takes one sign more each time
/// that what follows it does not fit.
fn is_like(text: &[char], pattern: &[char]) -> bool {
    let (mut at, mut next) = (0, 0);
    let mut retry = None;
    loop {
        let step = match pattern.get(next) {
            Some('%') => {
                retry = Some((at, next));
                next += 1;
                continue;
            }
            Some('_') => text.get(at).map(|_| 1),
            Some('\\') => text.get(at).filter(|sign| pattern.get(next + 1) == Some(sign)).map(|_| 2),
            Some(plain) => text.get(at).filter(|sign| *sign == plain).map(|_| 1),
            None if at == text.len() => return true,
            None => None,
        };
        match (step, retry) {
            (Some(step), _) => (at, next) = (at + 1, next + step),
            (None, Some((from, percent))) if from < text.len() => {
                retry = Some((from + 1, percent));
                (at, next) = (from + 1, percent + 1);
            }
            (None, _) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Queryables, parse_text};
    use serde_json::json;

    fn check(filter: &str, expected: bool) {
        let values =
            json!({ "area": 84.85, "tilt": 45.0, "azimuth": null, "class": "RoofSurface", "lod": "2" });
        let filter = parse_text(filter).unwrap().check(&Queryables::of_surfaces()).unwrap();
        assert!(filter.needs_no_store());
        assert_eq!(filter.holds(values.as_object().unwrap()), expected, "{filter:?}");
    }

    #[test]
    fn filters_hold_of_values_as_cql2_says() {
        for (filter, expected) in [
            ("tilt > 30 AND area < 100", true),
            ("tilt > 30 AND azimuth > 100", false),
            ("tilt > 30 OR azimuth > 100", true),
            ("NOT (azimuth > 100)", false),
            ("azimuth IS NULL", true),
            ("tilt BETWEEN 45 AND 50", true),
            ("tilt IN (30, 45)", true),
            ("tilt NOT IN (30, 45)", false),
            ("area * 2 > 169.6 AND floor(area) = 84", true),
            ("area / 0 > 1 OR area / 0 <= 1", false),
            ("class LIKE 'Roof%' AND CASEI(class) = CASEI('ROOFSURFACE')", true),
            ("class LIKE '%o%ace' AND class LIKE '_oof%_'", true),
            ("class LIKE 'Roof' OR class LIKE '%x%' OR class LIKE 'Roof\\%'", false),
            ("lod = '2' AND upper(class) = 'ROOFSURFACE' AND char_length(class) = 11", true),
        ] {
            check(filter, expected);
        }
    }

    #[test]
    fn what_needs_the_store_says_so() {
        for filter in ["volume() > 3", "ACCENTI(class) = 'x'", "height() > 2"] {
            let filter = parse_text(filter).unwrap().check(&Queryables::of_surfaces()).unwrap();
            assert!(!filter.needs_no_store());
        }
    }
}
