//! An edit made ready: its borders and triangles are found, not searched.

use super::polygon::{Edge, ON_BORDER_M, contains, edges, nearest_on_border};
use super::triangle_index::TriangleIndex;
use super::{MAX_EMBANKMENT_M, TargetHeights, polygon};
use stadtwin_model::{GroundEdit, GroundTarget};

/// An edit that passed its check, with what makes many questions to it quick.
#[derive(Debug, Clone)]
pub struct ReadyEdit {
    edit: GroundEdit,
    edges: Vec<Edge>,
    pub(super) triangles: Option<TriangleIndex>,
}

impl ReadyEdit {
    pub fn new(edit: GroundEdit) -> ReadyEdit {
        let triangles = match &edit.target {
            GroundTarget::Tin { points, triangles } => Some(TriangleIndex::new(points, triangles)),
            _ => None,
        };
        ReadyEdit { edges: edges(&edit.polygon).collect(), triangles, edit }
    }

    pub fn edit(&self) -> &GroundEdit {
        &self.edit
    }

    /// As `GroundTarget::height_m`, to the last bit [m].
    pub fn target_m(&self, place: [f64; 2]) -> Option<f64> {
        let (GroundTarget::Tin { points, triangles }, Some(index)) = (&self.edit.target, &self.triangles)
        else {
            return self.edit.target.height_m(place);
        };
        index.near(place).iter().find_map(|triangle| {
            let corners = triangles.get(*triangle as usize)?;
            let [a, b, c] = corners.map(|point| points.get(point as usize));
            polygon::height_in_triangle([*a?, *b?, *c?], place)
        })
    }

    /// For places at one `north` [m]: only borders within `reach_m` count there.
    pub(super) fn row(&self, north: f64, reach_m: f64) -> EditRow<'_> {
        let reach = reach_m + 2.0 * ON_BORDER_M;
        let is_near = |(a, b): &&Edge| a[1].min(b[1]) - reach <= north && north <= a[1].max(b[1]) + reach;
        EditRow { ready: self, edges: self.edges.iter().filter(is_near).copied().collect() }
    }
}

/// An edit along a row of nodes.
pub(super) struct EditRow<'a> {
    ready: &'a ReadyEdit,
    edges: Vec<Edge>,
}

impl EditRow<'_> {
    /// The height of a place after the edit [m].
    pub fn height_m(&self, place: [f64; 2], height_m: f32) -> f32 {
        if contains(&self.edges, place) {
            return self.ready.target_m(place).map_or(height_m, |target| target as f32);
        }
        let slope = self.ready.edit.embankment.and_then(|ratio| {
            let (foot, distance) = nearest_on_border(&self.edges, place)?;
            let target = self.ready.target_m(foot).filter(|_| distance <= MAX_EMBANKMENT_M)?;
            Some((target, distance / ratio))
        });
        match slope {
            Some((target, rise)) if !height_m.is_nan() => {
                f64::from(height_m).clamp(target - rise, target + rise) as f32
            }
            _ => height_m,
        }
    }
}
