//! Checks a filter against the properties of a collection: names, types, values.

use super::error::{FilterError, FilterFault, listed, shortened};
use super::operator::Family;
use super::{
    Computed, Expression, FUNCTIONS, Filter, Instant, Kind, Literal, Operator, Queryables, Shape, Source,
    Term, Type, to_text,
};
use stadtwin_model::class_by_name;

/// A geometry that was written in the filter.
macro_rules! shape {
    ($shape:pat) => {
        Term::Literal(Literal::Shape($shape))
    };
}

impl Expression {
    /// The filter that the store takes.
    pub fn check(&self, queryables: &Queryables) -> Result<Filter, FilterError> {
        Ok(Filter::new(Checker { queryables }.as_type(self, Type::Boolean)?))
    }
}

struct Checker<'a> {
    queryables: &'a Queryables,
}

type Checked = Result<Term, FilterError>;

impl Checker<'_> {
    fn term(&self, expression: &Expression) -> Checked {
        Ok(match &expression.kind {
            Kind::Literal(literal) => Term::Literal(literal.clone()),
            Kind::Property(name) => self.property(expression, name)?,
            Kind::List(items) => Term::List(self.elements(items)?),
            Kind::Interval(ends) => {
                Term::Interval(Box::new([self.interval_end(&ends[0])?, self.interval_end(&ends[1])?]))
            }
            Kind::Function(name, arguments) => self.function(expression, name, arguments)?,
            Kind::Call(operator, operands) => self.call(expression, *operator, operands)?,
        })
    }

    fn property(&self, expression: &Expression, name: &str) -> Checked {
        let Some((source, kind)) = self.queryables.resolve(name) else {
            let names = || self.queryables.all.iter().map(|queryable| queryable.name.as_str());
            let known = match names().find(|known| known.to_lowercase() == name.to_lowercase()) {
                Some(alike) => format!("do you mean `{alike}`?"),
                None => format!("known: {}", listed(names())),
            };
            let fault = FilterFault::NoProperty { name: shortened(name), known };
            return Err(FilterError::new(&expression.at, fault));
        };
        Ok(Term::Property { source, kind })
    }

    /// The term, read as `to` if it can be.
    fn as_type(&self, expression: &Expression, to: Type) -> Checked {
        coerced(self.term(expression)?, to, expression)
    }

    fn all(&self, operands: &[Expression], to: Type) -> Result<Vec<Term>, FilterError> {
        operands.iter().map(|operand| self.as_type(operand, to)).collect()
    }

    /// Of arrays: anything but geometries and intervals.
    fn elements(&self, items: &[Expression]) -> Result<Vec<Term>, FilterError> {
        let element = |item: &Expression| {
            let term = self.term(item)?;
            match term.kind() {
                Type::Shape | Type::Interval => Err(unfit(item, &term, "a value that arrays hold")),
                _ => Ok(term),
            }
        };
        items.iter().map(element).collect()
    }

    fn interval_end(&self, end: &Expression) -> Checked {
        let term = self.term(end)?;
        match term.kind() {
            Type::Date | Type::Time => Ok(term),
            Type::Text | Type::Any if matches!(term, Term::Property { .. }) => Ok(term),
            _ => Err(unfit(end, &term, "a date or time")),
        }
    }

    fn function(&self, expression: &Expression, name: &str, arguments: &[Expression]) -> Checked {
        let Some(function) = FUNCTIONS.iter().find(|function| function.name.eq_ignore_ascii_case(name))
        else {
            let known = listed(FUNCTIONS.iter().map(|function| function.name));
            let fault = FilterFault::NoFunction { name: shortened(name), known };
            return Err(FilterError::new(&expression.at, fault));
        };
        if arguments.len() != function.takes.len() {
            let message = format!(
                "`{}` takes {} arguments, not {}",
                function.name,
                function.takes.len(),
                arguments.len()
            );
            return Err(FilterError::mismatch(&expression.at, message));
        }
        let arguments = arguments.iter().zip(function.takes).map(|(argument, (_, kind))| {
            let term = self.as_type(argument, *kind)?;
            match function.computed {
                Computed::Distance3d | Computed::Intersects3d => Ok(term),
                _ => flat(term, argument, true),
            }
        });
        let terms = arguments.collect::<Result<Vec<_>, FilterError>>()?;
        let fits = match (function.computed, terms.as_slice()) {
            (Computed::Distance3d, [of, to]) => is_footprint(of) && matches!(to, shape!(Shape::High { .. })),
            (Computed::Intersects3d, [with]) => matches!(with, shape!(Shape::Box { heights: Some(_), .. })),
            _ => true,
        };
        if !fits {
            let message = match function.computed {
                Computed::Distance3d => {
                    "`distance3d` takes the property `geometry` and a point with its height, as in \
                                         distance3d(geometry, POINT Z(11.6 48.2 510))"
                }
                _ => {
                    "`intersects3d` takes a box with heights, as in intersects3d(BBOX(11.6, 48.2, 500, 11.7, 48.3, 520))"
                }
            };
            return Err(FilterError::mismatch(&expression.at, message));
        }
        Ok(Term::Function(function, terms))
    }

    fn call(&self, expression: &Expression, operator: Operator, operands: &[Expression]) -> Checked {
        let operands = match (operator, operands) {
            (Operator::Like, [value, pattern]) => {
                vec![self.as_type(value, Type::Text)?, self.pattern(pattern)?]
            }
            (Operator::In, [value, list]) => {
                let Kind::List(items) = &list.kind else {
                    return Err(FilterError::syntax(&list.at, "IN is followed by a list"));
                };
                let all: Vec<_> = std::iter::once(value).chain(items).collect();
                let mut terms = self.alike(expression, operator, &all)?.into_iter();
                let value = terms.next().into_iter();
                return Ok(Term::Call(operator, value.chain([Term::List(terms.collect())]).collect()));
            }
            (Operator::IsNull, [value]) => vec![self.term(value)?],
            (_, operands) => match operator.family() {
                Family::Logic => self.all(operands, Type::Boolean)?,
                Family::Arithmetic => self.all(operands, Type::Number)?,
                Family::Folding => self.all(operands, Type::Text)?,
                Family::Array => self.all(operands, Type::List)?,
                Family::Spatial => self.shapes(operator, operands)?,
                Family::Temporal => self.times(operands)?,
                Family::Comparison | Family::Phrase => {
                    self.alike(expression, operator, &operands.iter().collect::<Vec<_>>())?
                }
            },
        };
        Ok(Term::Call(operator, operands))
    }

    /// A text, perhaps within CASEI or ACCENTI.
    fn pattern(&self, pattern: &Expression) -> Checked {
        match &pattern.kind {
            Kind::Literal(Literal::Text(text)) => {
                let backslashes = text.len() - text.trim_end_matches('\\').len();
                if backslashes % 2 == 1 {
                    let message =
                        "a pattern cannot end in a single backslash, which makes the next sign plain";
                    return Err(FilterError::syntax(&pattern.at, message));
                }
                Ok(Term::Literal(Literal::Text(text.clone())))
            }
            Kind::Call(operator, operands) if operator.family() == Family::Folding => {
                let operands =
                    operands.iter().map(|operand| self.pattern(operand)).collect::<Result<_, _>>()?;
                Ok(Term::Call(*operator, operands))
            }
            _ => Err(FilterError::mismatch(
                &pattern.at,
                "the pattern behind LIKE is a text in quotation marks",
            )),
        }
    }

    fn shapes(&self, operator: Operator, operands: &[Expression]) -> Result<Vec<Term>, FilterError> {
        let takes_mixed = matches!(operator, Operator::Intersects | Operator::Disjoint);
        operands
            .iter()
            .map(|operand| flat(self.as_type(operand, Type::Shape)?, operand, takes_mixed))
            .collect()
    }

    /// Texts are read as days when all else is days.
    fn times(&self, operands: &[Expression]) -> Result<Vec<Term>, FilterError> {
        let terms = operands.iter().map(|operand| self.term(operand)).collect::<Result<Vec<_>, _>>()?;
        let known: Vec<_> = terms.iter().filter_map(Term::is_days).collect();
        let to =
            if !known.is_empty() && known.iter().all(|is_days| *is_days) { Type::Date } else { Type::Time };
        let read = |(term, operand): (Term, &Expression)| match term {
            Term::Interval(ends) => {
                let [from, to_end] = *ends;
                let end =
                    |end: Term| if end.kind().is_temporal() { Ok(end) } else { coerced(end, to, operand) };
                Ok(Term::Interval(Box::new([end(from)?, end(to_end)?])))
            }
            term if term.kind().is_temporal() => Ok(term),
            term => coerced(term, to, operand),
        };
        terms.into_iter().zip(operands).map(read).collect()
    }

    /// Operands of a comparison, all read as the same type.
    fn alike(
        &self,
        expression: &Expression,
        operator: Operator,
        operands: &[&Expression],
    ) -> Result<Vec<Term>, FilterError> {
        let terms = operands.iter().map(|operand| self.term(operand)).collect::<Result<Vec<_>, _>>()?;
        let common = common_type(&terms);
        let advice = match common {
            Type::Shape => Some("geometries are compared with S_EQUALS and its like"),
            Type::Interval => Some("intervals are compared with T_EQUALS and its like"),
            Type::List => Some("arrays are compared with A_EQUALS and its like"),
            Type::Boolean if !matches!(operator, Operator::Equal | Operator::NotEqual | Operator::In) => {
                Some("true and false have no order")
            }
            _ => None,
        };
        if let Some(advice) = advice {
            return Err(FilterError::mismatch(&expression.at, advice));
        }
        let read = |(term, operand): (Term, &&Expression)| match (term.kind(), common) {
            (Type::Date | Type::Time, Type::Date | Type::Time) => Ok(term),
            _ => coerced(term, common, operand),
        };
        let terms = terms.into_iter().zip(operands).map(read).collect::<Result<Vec<_>, _>>()?;
        if matches!(operator, Operator::Equal | Operator::NotEqual | Operator::In) {
            self.check_classes(&terms, operands)?;
        }
        Ok(terms)
    }

    /// A class that does not exist is a slip of the pen.
    fn check_classes(&self, terms: &[Term], operands: &[&Expression]) -> Result<(), FilterError> {
        let is_class = |term: &Term| matches!(term, Term::Property { source: Source::Class, .. });
        if self.queryables.has_foreign_classes || !terms.iter().any(is_class) {
            return Ok(());
        }
        let values = self.queryables.get("class").map_or(&[][..], |class| &class.values);
        for (term, operand) in terms.iter().zip(operands) {
            if let Term::Literal(Literal::Text(text)) = term
                && !values.contains(text)
                && class_by_name(text).is_none()
            {
                let known = format!("here are: {}", listed(values.iter().map(String::as_str)));
                let fault =
                    FilterFault::NoValue { property: "class".to_owned(), value: shortened(text), known };
                return Err(FilterError::new(&operand.at, fault));
            }
        }
        Ok(())
    }
}

/// What the operands of a comparison are: the first type that is more than a text or unknown decides.
fn common_type(terms: &[Term]) -> Type {
    let kinds = || terms.iter().map(Term::kind);
    let is_days = |kind: Type| matches!(kind, Type::Date | Type::Time);
    let firm = kinds().find(|kind| !matches!(kind, Type::Any | Type::Text));
    match firm {
        Some(kind) if is_days(kind) && kinds().any(|kind| kind == Type::Time) => Type::Time,
        Some(kind) => kind,
        None => Type::Text,
    }
}

/// The term read as `to`: unknown values as anything, texts as dates, and texts in quotation marks that are dates.
fn coerced(term: Term, to: Type, expression: &Expression) -> Checked {
    let is_date = matches!(to, Type::Date | Type::Time);
    match (term, to) {
        (term, to) if term.kind() == to => Ok(term),
        (Term::Property { source, kind: Type::Any }, to) if !matches!(to, Type::Shape | Type::Interval) => {
            Ok(Term::Property { source, kind: to })
        }
        (Term::Property { source: source @ Source::Attribute(_), kind: Type::Text }, to) if is_date => {
            Ok(Term::Property { source, kind: to })
        }
        (Term::Literal(Literal::Text(text)), _) if is_date => match Instant::parse(&text) {
            Some(instant) => Ok(Term::Literal(Literal::Instant(instant))),
            None => {
                let message = format!("'{}' is no date or time", shortened(&text));
                Err(FilterError::mismatch(&expression.at, message))
            }
        },
        // A day is a time of 24 hours.
        (term, Type::Time) if term.kind() == Type::Date => Ok(term),
        (term, to) => Err(unfit(expression, &term, to.name())),
    }
}

fn unfit(expression: &Expression, term: &Term, expected: &str) -> FilterError {
    let written = shortened(&to_text(expression));
    let message = format!("{expected} is expected here, and `{written}` is {}", term.kind().name());
    FilterError::mismatch(&expression.at, message)
}

fn is_footprint(term: &Term) -> bool {
    matches!(term, Term::Property { source: Source::Footprint, .. })
}

/// Geometries as the predicates can take them.
fn flat(term: Term, expression: &Expression, takes_mixed: bool) -> Checked {
    let Term::Literal(Literal::Shape(shape)) = term else { return Ok(term) };
    if matches!(shape, Shape::Box { heights: Some(_), .. }) {
        let message = "a box with heights cannot be compared with an outline; ask for zMin and zMax as well";
        return Err(FilterError::mismatch(&expression.at, message));
    }
    let shape = match (shape.clone().flattened().homogeneous(), takes_mixed) {
        (Some(shape), _) => shape,
        (None, true) => shape,
        (None, false) => {
            let message = "a collection of points, lines and areas together can only be asked with S_INTERSECTS and \
                           S_DISJOINT";
            return Err(FilterError::mismatch(&expression.at, message));
        }
    };
    Ok(Term::Literal(Literal::Shape(shape)))
}
