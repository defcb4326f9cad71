//! The operators of CQL2, once: how text and JSON write them.

use Operator::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    And,
    Or,
    Not,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
    Between,
    In,
    IsNull,
    CaseInsensitive,
    AccentInsensitive,
    Add,
    Subtract,
    Multiply,
    Divide,
    /// Integer part of the quotient.
    IntegerDivide,
    Remainder,
    Power,
    Intersects,
    Equals,
    Disjoint,
    Touches,
    Within,
    Overlaps,
    Crosses,
    Contains,
    After,
    Before,
    TimeContains,
    TimeDisjoint,
    During,
    TimeEquals,
    FinishedBy,
    Finishes,
    TimeIntersects,
    Meets,
    MetBy,
    OverlappedBy,
    TimeOverlaps,
    StartedBy,
    Starts,
    ArrayEquals,
    ArrayContains,
    ContainedBy,
    ArrayOverlaps,
}

/// How an operator stands in text, and what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    Logic,
    Comparison,
    /// LIKE, BETWEEN, IN, IS NULL: each with words of its own.
    Phrase,
    /// CASEI and ACCENTI.
    Folding,
    Arithmetic,
    Spatial,
    Temporal,
    Array,
}

/// Operator, in text, in JSON, family.
static OPERATORS: &[(Operator, &str, &str, Family)] = &[
    (And, "AND", "and", Family::Logic),
    (Or, "OR", "or", Family::Logic),
    (Not, "NOT", "not", Family::Logic),
    (Equal, "=", "=", Family::Comparison),
    (NotEqual, "<>", "<>", Family::Comparison),
    (Less, "<", "<", Family::Comparison),
    (LessOrEqual, "<=", "<=", Family::Comparison),
    (Greater, ">", ">", Family::Comparison),
    (GreaterOrEqual, ">=", ">=", Family::Comparison),
    (Like, "LIKE", "like", Family::Phrase),
    (Between, "BETWEEN", "between", Family::Phrase),
    (In, "IN", "in", Family::Phrase),
    (IsNull, "IS NULL", "isNull", Family::Phrase),
    (CaseInsensitive, "CASEI", "casei", Family::Folding),
    (AccentInsensitive, "ACCENTI", "accenti", Family::Folding),
    (Add, "+", "+", Family::Arithmetic),
    (Subtract, "-", "-", Family::Arithmetic),
    (Multiply, "*", "*", Family::Arithmetic),
    (Divide, "/", "/", Family::Arithmetic),
    (IntegerDivide, "DIV", "div", Family::Arithmetic),
    (Remainder, "%", "%", Family::Arithmetic),
    (Power, "^", "^", Family::Arithmetic),
    (Intersects, "S_INTERSECTS", "s_intersects", Family::Spatial),
    (Equals, "S_EQUALS", "s_equals", Family::Spatial),
    (Disjoint, "S_DISJOINT", "s_disjoint", Family::Spatial),
    (Touches, "S_TOUCHES", "s_touches", Family::Spatial),
    (Within, "S_WITHIN", "s_within", Family::Spatial),
    (Overlaps, "S_OVERLAPS", "s_overlaps", Family::Spatial),
    (Crosses, "S_CROSSES", "s_crosses", Family::Spatial),
    (Contains, "S_CONTAINS", "s_contains", Family::Spatial),
    (After, "T_AFTER", "t_after", Family::Temporal),
    (Before, "T_BEFORE", "t_before", Family::Temporal),
    (TimeContains, "T_CONTAINS", "t_contains", Family::Temporal),
    (TimeDisjoint, "T_DISJOINT", "t_disjoint", Family::Temporal),
    (During, "T_DURING", "t_during", Family::Temporal),
    (TimeEquals, "T_EQUALS", "t_equals", Family::Temporal),
    (FinishedBy, "T_FINISHEDBY", "t_finishedBy", Family::Temporal),
    (Finishes, "T_FINISHES", "t_finishes", Family::Temporal),
    (TimeIntersects, "T_INTERSECTS", "t_intersects", Family::Temporal),
    (Meets, "T_MEETS", "t_meets", Family::Temporal),
    (MetBy, "T_METBY", "t_metBy", Family::Temporal),
    (OverlappedBy, "T_OVERLAPPEDBY", "t_overlappedBy", Family::Temporal),
    (TimeOverlaps, "T_OVERLAPS", "t_overlaps", Family::Temporal),
    (StartedBy, "T_STARTEDBY", "t_startedBy", Family::Temporal),
    (Starts, "T_STARTS", "t_starts", Family::Temporal),
    (ArrayEquals, "A_EQUALS", "a_equals", Family::Array),
    (ArrayContains, "A_CONTAINS", "a_contains", Family::Array),
    (ContainedBy, "A_CONTAINEDBY", "a_containedBy", Family::Array),
    (ArrayOverlaps, "A_OVERLAPS", "a_overlaps", Family::Array),
];

impl Operator {
    fn row(self) -> &'static (Operator, &'static str, &'static str, Family) {
        OPERATORS.get(self as usize).unwrap_or(&OPERATORS[0])
    }

    pub fn text(self) -> &'static str {
        self.row().1
    }

    pub fn json(self) -> &'static str {
        self.row().2
    }

    pub fn family(self) -> Family {
        self.row().3
    }

    /// By its place in the table.
    #[cfg(test)]
    pub(super) fn nth(index: usize) -> Option<Operator> {
        OPERATORS.get(index).map(|row| row.0)
    }

    /// Upper or lower case, as text allows.
    pub(super) fn by_text(name: &str) -> Option<Operator> {
        OPERATORS.iter().find(|row| row.1.eq_ignore_ascii_case(name)).map(|row| row.0)
    }

    /// Exactly as JSON has it.
    pub(super) fn by_json(name: &str) -> Option<Operator> {
        OPERATORS.iter().find(|row| row.2 == name).map(|row| row.0)
    }

    /// Fewest and most operands.
    pub fn operand_counts(self) -> (usize, usize) {
        match self {
            And | Or => (2, usize::MAX),
            Not | IsNull | CaseInsensitive | AccentInsensitive => (1, 1),
            Between => (3, 3),
            _ => (2, 2),
        }
    }

    /// Written as `NAME(a, b)`.
    pub(super) fn is_call(self) -> bool {
        matches!(self.family(), Family::Spatial | Family::Temporal | Family::Array | Family::Folding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_stands_at_its_place_in_the_table() {
        for (index, (operator, text, json, _)) in OPERATORS.iter().enumerate() {
            assert_eq!(*operator as usize, index);
            assert_eq!((operator.text(), operator.json()), (*text, *json));
            assert_eq!(Operator::by_text(&text.to_lowercase()), Some(*operator));
            assert_eq!(Operator::by_json(json), Some(*operator));
        }
    }
}
