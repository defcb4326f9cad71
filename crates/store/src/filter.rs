//! Filters as SQL: fixed pieces and bound values, never a word of the request. What is not known is null, and only true
//! selects (CQL2, 6.4).

use sqlx::types::Json;
use sqlx::{Postgres, QueryBuilder};

use super::filter_time::End;
use super::shape;
use stadtwin_query::{Computed, Family, Filter, Literal, Operator, Source, Term, Type};

/// A height above the terrain that the collection, bound as `$1`, was compared with last.
macro_rules! ground {
    ($column:literal) => {
        concat!(
            "(SELECT ",
            $column,
            "::numeric FROM ground_contact WHERE ground_contact.collection = $1 AND ground_contact.object = city_object.id
                AND ground_contact.terrain = (SELECT ground_terrain FROM collection WHERE collection.key = $1))"
        )
    };
}

pub(super) type Sql = QueryBuilder<Postgres>;

/// Appends ` AND …`; `srid` is the storage CRS's EPSG code.
pub(super) fn push_filter(sql: &mut Sql, filter: &Filter, srid: u32) {
    sql.push(" AND ");
    Writer::new(sql, srid).term(filter.root());
}

pub(super) struct Writer<'a> {
    pub sql: &'a mut Sql,
    pub srid: u32,
}

impl Writer<'_> {
    pub fn new(sql: &mut Sql, srid: u32) -> Writer<'_> {
        Writer { sql, srid }
    }

    pub fn push(&mut self, piece: &'static str) -> &mut Self {
        self.sql.push(piece);
        self
    }

    /// A value by its type: boolean, numeric, text, jsonb array or geometry; of an interval its begin.
    pub fn term(&mut self, term: &Term) {
        match term {
            Term::Literal(literal) => self.literal(literal),
            Term::Property { source, kind } => self.property(source, *kind),
            Term::List(items) => self.array(items),
            Term::Function(function, arguments) => self.function(function.computed, arguments),
            Term::Interval(_) => self.moment(term, End::Begin, false),
            Term::Call(operator, operands) => self.call(*operator, operands),
        }
    }

    fn literal(&mut self, literal: &Literal) {
        match literal {
            Literal::Boolean(value) => {
                self.sql.push_bind(*value);
            }
            Literal::Number(number) => {
                self.sql.push_bind(number.to_string());
                self.push("::numeric");
            }
            Literal::Text(text) => {
                self.sql.push_bind(plain(text));
            }
            Literal::Instant(instant) => {
                self.sql.push_bind(instant.to_string());
            }
            Literal::Open => {
                self.push("NULL");
            }
            Literal::Shape(shape) => {
                self.push("ST_GeomFromEWKB(");
                self.sql.push_bind(shape::ewkb(shape, self.srid));
                self.push(")");
            }
        }
    }

    fn property(&mut self, source: &Source, kind: Type) {
        let column = match source {
            Source::Attribute(path) => return self.attribute(path, kind),
            Source::Id => "uid",
            Source::Class => "(coalesce(source_class, class) COLLATE \"C\")",
            Source::LowestM => "z_min::numeric",
            Source::HighestM => "z_max::numeric",
            Source::Lods => "lod_names(lods)",
            Source::Footprint => "footprint",
            Source::ValidFrom | Source::ValidTime => "valid_from",
            Source::ValidTo => "valid_to",
            Source::Revision => "rev_from::numeric",
            Source::GroundMinM => ground!("min_m"),
            Source::GroundMedianM => ground!("median_m"),
            Source::GroundMaxM => ground!("max_m"),
        };
        self.push(column);
    }

    pub fn attribute(&mut self, path: &[String], kind: Type) {
        let (before, after) = match kind {
            Type::Boolean => ("json_boolean(", ")"),
            Type::Number => ("json_number(", ")"),
            Type::List => ("json_array(", ")"),
            _ => ("((", " #>> '{}') COLLATE \"C\")"),
        };
        self.push(before).json(path, kind == Type::List).push(after);
    }

    /// The attribute as jsonb. Inside nested ones the first value found counts, of an array all.
    fn json(&mut self, path: &[String], is_list: bool) -> &mut Self {
        match path {
            [name] => {
                self.push("(attributes -> ");
                self.sql.push_bind(plain(name));
                self.push(")")
            }
            _ if is_list => {
                self.push("nullif(jsonb_path_query_array(attributes, ");
                self.sql.push_bind(json_path(path) + "[*]");
                self.push("::jsonpath), '[]')")
            }
            _ => {
                self.push("jsonb_path_query_first(attributes, ");
                self.sql.push_bind(json_path(path));
                self.push("::jsonpath)")
            }
        }
    }

    fn array(&mut self, items: &[Term]) {
        let literals: Option<Vec<_>> = items.iter().map(json_literal).collect();
        if let Some(literals) = literals {
            self.sql.push_bind(Json(serde_json::Value::from(literals)));
            return;
        }
        self.push("jsonb_build_array(");
        self.separated(items, ", ");
        self.push(")");
    }

    fn separated(&mut self, terms: &[Term], separator: &'static str) {
        for (index, term) in terms.iter().enumerate() {
            if index > 0 {
                self.push(separator);
            }
            self.term(term);
        }
    }

    fn function(&mut self, computed: Computed, arguments: &[Term]) {
        if matches!(computed, Computed::Distance3d | Computed::Intersects3d) {
            return self.in_space(computed, arguments);
        }
        let (before, after) = match computed {
            Computed::Height => ("(z_max - z_min", ")::numeric"),
            Computed::Volume => ("volume_m3", "::numeric"),
            Computed::SurfaceArea => ("surface_m2", "::numeric"),
            Computed::Lowest => ("z_min", "::numeric"),
            Computed::Highest => ("z_max", "::numeric"),
            Computed::Distance3d | Computed::Intersects3d => return,
            Computed::Area => ("ST_Area(", ")::numeric"),
            Computed::Distance => ("ST_Distance(", ")::numeric"),
            Computed::Absolute => ("abs(", ")"),
            Computed::Floor => ("floor(", ")"),
            Computed::Ceiling => ("ceil(", ")"),
            Computed::Lower => ("(lower(", " COLLATE \"und-x-icu\") COLLATE \"C\")"),
            Computed::Upper => ("(upper(", " COLLATE \"und-x-icu\") COLLATE \"C\")"),
            Computed::CharacterCount => ("char_length(", ")::numeric"),
            Computed::Year => {
                self.push("extract(year FROM ");
                arguments.iter().for_each(|argument| self.moment(argument, End::Begin, false));
                self.push(")");
                return;
            }
        };
        self.push(before);
        self.separated(arguments, ", ");
        self.push(after);
    }

    fn call(&mut self, operator: Operator, operands: &[Term]) {
        match (operator.family(), operands) {
            (Family::Temporal, [left, right]) => self.temporal(operator, left, right),
            (Family::Spatial, [left, right]) => self.spatial(operator, left, right),
            (Family::Array, [left, right]) => self.arrays(operator, left, right),
            (Family::Comparison, [left, right]) if left.kind().is_temporal() => {
                self.compare_times(operator, left, right);
            }
            (Family::Folding, operands) => {
                let is_case = operator == Operator::CaseInsensitive;
                self.push(if is_case { "case_fold(" } else { "accent_fold(" });
                self.separated(operands, ", ");
                self.push(")");
            }
            (Family::Phrase, operands) => self.phrase(operator, operands),
            (_, operands) => self.infix(operator, operands),
        }
    }

    fn infix(&mut self, operator: Operator, operands: &[Term]) {
        if self.nearer(operator, operands) {
            return;
        }
        self.infix_all(operator, operands);
    }

    pub fn infix_all(&mut self, operator: Operator, operands: &[Term]) {
        let (before, between, after) = match operator {
            Operator::And => ("(", " AND ", ")"),
            Operator::Or => ("(", " OR ", ")"),
            Operator::Not => ("(NOT ", "", ")"),
            Operator::NotEqual => ("(", " <> ", ")"),
            Operator::Less => ("(", " < ", ")"),
            Operator::LessOrEqual => ("(", " <= ", ")"),
            Operator::Greater => ("(", " > ", ")"),
            Operator::GreaterOrEqual => ("(", " >= ", ")"),
            Operator::Add => ("(", " + ", ")"),
            Operator::Subtract => ("(", " - ", ")"),
            Operator::Multiply => ("(", " * ", ")"),
            // What is divided by zero is not known.
            Operator::Divide => ("(", " / nullif(", ", 0))"),
            Operator::Remainder => ("(", " % nullif(", ", 0))"),
            Operator::IntegerDivide => ("div(", ", nullif(", ", 0))"),
            Operator::Power => ("safe_power((", ")::double precision, (", ")::double precision)"),
            _ => ("(", " = ", ")"),
        };
        self.push(before);
        self.separated(operands, between);
        self.push(after);
    }

    fn phrase(&mut self, operator: Operator, operands: &[Term]) {
        match (operator, operands) {
            (Operator::IsNull, [operand]) => self.is_null(operand),
            (Operator::Between, [value, low, high]) => {
                let at_least = Term::Call(Operator::GreaterOrEqual, vec![value.clone(), low.clone()]);
                let at_most = Term::Call(Operator::LessOrEqual, vec![value.clone(), high.clone()]);
                self.infix(Operator::And, &[at_least, at_most]);
            }
            (Operator::In, [value, Term::List(items)]) if value.kind().is_temporal() => {
                let equal = |item: &Term| Term::Call(Operator::Equal, vec![value.clone(), item.clone()]);
                self.infix(Operator::Or, &items.iter().map(equal).collect::<Vec<_>>());
            }
            (Operator::In, [value, Term::List(items)]) => {
                self.push("(");
                self.term(value);
                self.push(" IN (");
                self.separated(items, ", ");
                self.push("))");
            }
            (_, operands) => {
                self.push("(");
                self.separated(operands, " LIKE ");
                self.push(")");
            }
        }
    }

    fn is_null(&mut self, operand: &Term) {
        self.push("(");
        match operand {
            Term::Property { source: Source::Attribute(path), .. } => self.attribute(path, Type::Text),
            Term::Property { source: Source::ValidTime, .. } => {
                self.push("coalesce(valid_from, valid_to)");
            }
            operand if operand.kind().is_temporal() => self.moment(operand, End::Begin, false),
            operand => self.term(operand),
        }
        self.push(" IS NULL)");
    }

    fn spatial(&mut self, operator: Operator, left: &Term, right: &Term) {
        let (before, after) = match operator {
            Operator::Equals => ("ST_Equals(", ")"),
            Operator::Disjoint => ("(NOT ST_Intersects(", "))"),
            Operator::Touches => ("ST_Touches(", ")"),
            Operator::Within => ("ST_Within(", ")"),
            Operator::Overlaps => ("ST_Overlaps(", ")"),
            Operator::Crosses => ("ST_Crosses(", ")"),
            Operator::Contains => ("ST_Contains(", ")"),
            _ => ("ST_Intersects(", ")"),
        };
        self.push(before).term(left);
        self.push(", ").term(right);
        self.push(after);
    }

    fn arrays(&mut self, operator: Operator, left: &Term, right: &Term) {
        let (before, between, after) = match operator {
            Operator::ArrayContains => ("(", " @> ", ")"),
            Operator::ContainedBy => ("(", " <@ ", ")"),
            Operator::ArrayOverlaps => ("json_overlaps(", ", ", ")"),
            _ => {
                // Sets are equal when each holds the other.
                self.push("(");
                self.arrays(Operator::ArrayContains, left, right);
                self.push(" AND ");
                self.arrays(Operator::ContainedBy, left, right);
                self.push(")");
                return;
            }
        };
        self.push(before).term(left);
        self.push(between).term(right);
        self.push(after);
    }
}

/// PostgreSQL's text holds no NUL; what was stored lost its own.
fn plain(text: &str) -> String {
    text.replace('\0', "")
}

/// `$."address"."city"`: names as JSON strings.
fn json_path(path: &[String]) -> String {
    let names = path.iter().map(|name| format!(".{}", serde_json::Value::from(plain(name))));
    format!("${}", names.collect::<String>())
}

fn json_literal(term: &Term) -> Option<serde_json::Value> {
    match term {
        Term::Literal(Literal::Boolean(value)) => Some((*value).into()),
        Term::Literal(Literal::Number(number)) => Some((*number).into()),
        Term::Literal(Literal::Text(text)) => Some(plain(text).into()),
        Term::Literal(Literal::Instant(instant)) => Some(instant.to_string().into()),
        Term::List(items) => Some(items.iter().map(json_literal).collect::<Option<Vec<_>>>()?.into()),
        _ => None,
    }
}
