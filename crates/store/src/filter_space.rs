//! Filters in three dimensions. The index of the footprints finds what may be meant: an object sticks out of the box
//! around its footprint by its collection's `reach_m` at most.

use super::filter::Writer;
use super::shape;
use stadtwin_query::{Computed, Literal, Operator, Shape, Term};

/// What follows the geometry that footprints are near to; `$1` is the collection.
const BY_REACH: &str = ", (SELECT coalesce(reach_m, 1000000) FROM collection WHERE collection.key = $1)";

impl Writer<'_> {
    /// `distance3d` or `intersects3d`.
    pub fn in_space(&mut self, computed: Computed, arguments: &[Term]) {
        match (computed, arguments) {
            (Computed::Distance3d, [_, Term::Literal(Literal::Shape(point))]) => {
                self.push("distance_3d($1, city_object.id, ").shape(point).push(")::numeric");
            }
            (Computed::Intersects3d, [Term::Literal(Literal::Shape(Shape::Prism { plan, heights_m }))]) => {
                self.meets(plan, *heights_m);
            }
            // A box that was not placed: there is no data yet.
            _ => {
                self.push("NULL::boolean");
            }
        }
    }

    fn shape(&mut self, shape: &Shape) -> &mut Self {
        self.push("ST_GeomFromEWKB(");
        self.sql.push_bind(shape::ewkb(shape, self.srid));
        self.push(")")
    }

    fn number(&mut self, value: f64) -> &mut Self {
        self.sql.push_bind(value);
        self
    }

    fn meets(&mut self, plan: &[Vec<Vec<[f64; 2]>>], heights_m: [f64; 2]) {
        let [low, high] = heights_m;
        let flat = Shape::MultiPolygon(plan.to_vec());
        self.push("(").near(&flat, None);
        self.push(" AND z_max >= ").number(low).push(" AND z_min <= ").number(high);
        self.push(" AND meets_prism($1, city_object.id, ").shape(&flat).push(", ST_GeomFromEWKB(");
        self.sql.push_bind(shape::hull(plan, heights_m, self.srid));
        self.push("), ").number(low).push(", ").number(high).push("))");
    }

    /// Whether the footprint may belong to what is within a distance of the shape; true while not all are measured.
    fn near(&mut self, shape: &Shape, distance_m: Option<f64>) -> &mut Self {
        self.push("(footprint && ST_Expand(").shape(shape).push(BY_REACH);
        if let Some(distance_m) = distance_m {
            self.push(" + ").number(distance_m);
        }
        self.push("))")
    }

    /// Writes `distance3d(…) < number` so that the index helps; false when it is none of that.
    pub fn nearer(&mut self, operator: Operator, operands: &[Term]) -> bool {
        let (Operator::Less | Operator::LessOrEqual, [left, Term::Literal(Literal::Number(most))]) =
            (operator, operands)
        else {
            return false;
        };
        let Term::Function(function, arguments) = left else { return false };
        let (Computed::Distance3d, [_, Term::Literal(Literal::Shape(Shape::High { place, .. }))]) =
            (function.computed, arguments.as_slice())
        else {
            return false;
        };
        self.push("(").near(&Shape::Point(*place), Some(most.max(0.0))).push(" AND ");
        self.infix_all(operator, operands);
        self.push(")");
        true
    }
}
