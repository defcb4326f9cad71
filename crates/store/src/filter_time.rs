//! Dates, times and intervals of filters as SQL: comparisons of their ends.

use super::filter::Writer;
use stadtwin_query::{Instant, Literal, Operator, Source, Term, Type};

/// The two ends of a date, time or interval.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum End {
    Begin,
    End,
}

impl Writer<'_> {
    /// `=`, `<`, …: a day is before all that begins after it, and equal to each moment in it.
    pub fn compare_times(&mut self, operator: Operator, left: &Term, right: &Term) {
        use self::End::{Begin, End};
        self.push(if operator == Operator::NotEqual { "(NOT (" } else { "((" });
        let parts: &[_] = match operator {
            Operator::Less => &[(End, " < ", Begin)],
            Operator::Greater => &[(Begin, " > ", End)],
            Operator::LessOrEqual => &[(Begin, " <= ", End)],
            Operator::GreaterOrEqual => &[(End, " >= ", Begin)],
            _ => &[(Begin, " <= ", End), (End, " >= ", Begin)],
        };
        self.relations(parts, " AND ", left, right);
        self.push("))");
    }

    pub fn temporal(&mut self, operator: Operator, left: &Term, right: &Term) {
        use self::End::{Begin, End};
        let (parts, between): (&[_], _) = match operator {
            Operator::After => (&[(Begin, " > ", End)], ""),
            Operator::Before => (&[(End, " < ", Begin)], ""),
            Operator::TimeDisjoint => (&[(Begin, " > ", End), (End, " < ", Begin)], " OR "),
            Operator::TimeContains => (&[(Begin, " < ", Begin), (End, " > ", End)], " AND "),
            Operator::During => (&[(Begin, " > ", Begin), (End, " < ", End)], " AND "),
            Operator::TimeEquals => (&[(Begin, " = ", Begin), (End, " = ", End)], " AND "),
            Operator::FinishedBy => (&[(Begin, " < ", Begin), (End, " = ", End)], " AND "),
            Operator::Finishes => (&[(Begin, " > ", Begin), (End, " = ", End)], " AND "),
            Operator::Meets => (&[(End, " = ", Begin)], ""),
            Operator::MetBy => (&[(Begin, " = ", End)], ""),
            Operator::TimeOverlaps => {
                (&[(Begin, " < ", Begin), (End, " > ", Begin), (End, " < ", End)], " AND ")
            }
            Operator::OverlappedBy => {
                (&[(Begin, " > ", Begin), (Begin, " < ", End), (End, " > ", End)], " AND ")
            }
            Operator::StartedBy => (&[(Begin, " = ", Begin), (End, " > ", End)], " AND "),
            Operator::Starts => (&[(Begin, " = ", Begin), (End, " < ", End)], " AND "),
            _ => (&[(Begin, " <= ", End), (End, " >= ", Begin)], " AND "),
        };
        self.push("(");
        self.relations(parts, between, left, right);
        self.push(")");
    }

    fn relations(
        &mut self,
        parts: &[(End, &'static str, End)],
        between: &'static str,
        left: &Term,
        right: &Term,
    ) {
        let is_days = [left, right].into_iter().all(|side| side.is_days().unwrap_or(true));
        for (index, (left_end, relation, right_end)) in parts.iter().enumerate() {
            if index > 0 {
                self.push(between);
            }
            self.moment(left, *left_end, is_days);
            self.push(relation);
            self.moment(right, *right_end, is_days);
        }
    }

    /// One end as a timestamptz. Among days a day is its first moment; else it ends with its last.
    pub fn moment(&mut self, term: &Term, end: End, is_days: bool) {
        match term {
            Term::Interval(ends) => {
                self.moment(if end == End::Begin { &ends[0] } else { &ends[1] }, end, is_days)
            }
            Term::Literal(Literal::Open) => {
                self.push(if end == End::Begin {
                    "'-infinity'::timestamptz"
                } else {
                    "'infinity'::timestamptz"
                });
            }
            Term::Literal(Literal::Instant(instant)) => {
                self.sql.push_bind(moment_text(instant, end, is_days));
                self.push("::timestamptz");
            }
            Term::Property { source: Source::Attribute(path), kind } => {
                self.push(match (is_days || *kind == Type::Date && end == End::Begin, end) {
                    (true, _) => "date_begin(",
                    (false, End::Begin) => "time_begin(",
                    (false, End::End) => "time_end(",
                });
                self.attribute(path, Type::Text);
                self.push(")");
            }
            Term::Property { source: Source::ValidTime, .. } => {
                self.push(match end {
                    End::Begin => "coalesce(valid_from, '-infinity')",
                    End::End => "coalesce(valid_to, 'infinity')",
                });
            }
            other => self.term(other),
        }
    }
}

fn moment_text(instant: &Instant, end: End, is_days: bool) -> String {
    match instant {
        Instant::Day(day) if end == End::End && !is_days => format!("{day}T23:59:59.999999Z"),
        Instant::Day(day) => format!("{day}T00:00:00Z"),
        Instant::Time(time) => time.to_string(),
    }
}
