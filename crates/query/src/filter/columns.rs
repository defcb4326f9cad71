//! Filters whose values can be read ahead, a column for each: what a version of a feature has never changes, so that a filter
//! that compares nothing else can be tried without asking the store again.

use super::operator::Family;
use super::{Computed, Filter, Literal, Operator, Source, Term, Type};

/// A value that a filter compares.
#[derive(Debug, Clone, PartialEq)]
pub struct Needed<'a> {
    /// Where it stands in the filter's tree.
    pub at: &'a Term,
    /// What is to be read for it.
    pub reads: Term,
}

impl Filter {
    /// The values that decide it, the same one now and then twice; `None`: it needs more than texts, numbers and truths that
    /// features have, and the comparisons of these.
    pub fn columns(&self) -> Option<Vec<Needed<'_>>> {
        let mut needed = Vec::new();
        gather(self.root(), &mut needed).then_some(needed)
    }
}

/// Whether all below is of columns.
fn gather<'a>(term: &'a Term, needed: &mut Vec<Needed<'a>>) -> bool {
    match term {
        Term::Literal(Literal::Boolean(_) | Literal::Number(_)) => true,
        Term::Literal(Literal::Text(text)) => !text.contains('\0'),
        Term::List(items) => items.iter().all(|item| gather(item, needed)),
        Term::Call(Operator::IsNull, operands) => match &operands[..] {
            // Null is what is not there at all, of whatever type (as the store has it).
            [at @ Term::Property { source: source @ Source::Attribute(_), .. }] => {
                needed
                    .push(Needed { at, reads: Term::Property { source: source.clone(), kind: Type::Text } });
                true
            }
            operands => operands.iter().all(|operand| gather(operand, needed)),
        },
        Term::Call(operator, operands) => {
            let is_scalar = matches!(operator.family(), Family::Logic | Family::Comparison | Family::Phrase);
            is_scalar && operands.iter().all(|operand| gather(operand, needed))
        }
        _ if is_column(term) => {
            needed.push(Needed { at: term, reads: term.clone() });
            true
        }
        _ => false,
    }
}

/// A value of one version of a feature, whatever else there is: no height above a terrain that is compared with again and
/// again, nothing that a client wrote.
fn is_column(term: &Term) -> bool {
    let is_scalar = matches!(term.kind(), Type::Boolean | Type::Number | Type::Text);
    is_scalar
        && match term {
            Term::Property { source, .. } => matches!(
                source,
                Source::Attribute(_) | Source::Class | Source::LowestM | Source::HighestM | Source::Revision
            ),
            Term::Function(function, arguments) => {
                let is_of_feature = matches!(
                    function.computed,
                    Computed::Height
                        | Computed::Lowest
                        | Computed::Highest
                        | Computed::Absolute
                        | Computed::Floor
                        | Computed::Ceiling
                        | Computed::Lower
                        | Computed::Upper
                        | Computed::CharacterCount
                );
                is_of_feature && arguments.iter().all(is_column)
            }
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::super::{Queryables, parse_text};
    use super::*;
    use crate::filter::{Known, Values};
    use std::borrow::Cow;

    /// The value of each property by its place in the tree.
    struct Row<'a>(Vec<(&'a Term, Known<'static>)>);

    impl Values for Row<'_> {
        fn given(&self, term: &Term) -> Option<Known<'_>> {
            self.0.iter().find(|(at, _)| std::ptr::eq(*at, term)).map(|(_, value)| value.clone())
        }
    }

    /// Of a roof of 84.85 m² without azimuth; `None` where the filter is not of columns.
    fn check(filter: &str, expected: Option<bool>) {
        let text = filter;
        let filter = parse_text(filter).unwrap().check(&Queryables::of_surfaces()).unwrap();
        let holds = filter.columns().map(|needed| {
            let value = |needed: &Needed<'_>| match &needed.reads {
                Term::Function(..) => Known::Text(Cow::Borrowed("roofsurface")),
                Term::Property { source: Source::Attribute(path), .. } => match path[0].as_str() {
                    "area" => Known::Number(84.85),
                    "class" => Known::Text(Cow::Borrowed("RoofSurface")),
                    _ => Known::Unknown,
                },
                other => panic!("{other:?}"),
            };
            filter.holds(&Row(needed.iter().map(|needed| (needed.at, value(needed))).collect()))
        });
        assert_eq!(holds, expected, "{text}");
    }

    #[test]
    fn filters_of_columns_are_told_from_others() {
        for (filter, expected) in [
            ("area > 80 AND class = 'RoofSurface'", Some(true)),
            ("area BETWEEN 80 AND 84 OR azimuth > 3", Some(false)),
            ("azimuth IS NULL AND NOT (class LIKE 'Wall%')", Some(true)),
            ("class IN ('a', 'RoofSurface') AND area NOT IN (1, 2)", Some(true)),
            ("lower(class) = 'roofsurface'", Some(true)),
            ("NOT (azimuth = 3)", Some(false)),
            ("area * 2 > 100", None),
            ("CASEI(class) = CASEI('roofsurface')", None),
            ("volume() > 3", None),
            ("lower('A') = class", None),
        ] {
            check(filter, expected);
        }
    }
}
