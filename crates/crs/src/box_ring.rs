//! The outline of a box in another CRS, where its sides are curves.

use super::{CrsError, Transformer};

/// Chords stay as close to the true side as this [units of the target].
const TOLERANCE: f64 = 0.01;
/// Most chords of a side.
const MOST_CHORDS: usize = 64;

/// A box `[x min, y min, x max, y max]` as a counter-clockwise, closed ring in the CRS that the transformer leads to:
/// as many points along each side as it bends.
pub fn ring_of_box(
    [x_min, y_min, x_max, y_max]: [f64; 4],
    transformer: &Transformer,
) -> Result<Vec<[f64; 2]>, CrsError> {
    let corners = [[x_min, y_min], [x_max, y_min], [x_max, y_max], [x_min, y_max], [x_min, y_min]];
    let between = |side: &[[f64; 2]], share: f64| {
        [0, 1].map(|axis| side[0][axis] + (side[1][axis] - side[0][axis]) * share)
    };
    let mut probe: Vec<[f64; 2]> = corners.to_vec();
    probe.extend(corners.windows(2).map(|side| between(side, 0.5)));
    transformer.convert_2d(&mut probe)?;
    let mut ring = Vec::with_capacity(corners.len());
    for (index, side) in corners.windows(2).enumerate() {
        let [from, to, middle] = [probe[index], probe[index + 1], probe[corners.len() + index]];
        let sagitta = (middle[0] - (from[0] + to[0]) / 2.0).hypot(middle[1] - (from[1] + to[1]) / 2.0);
        // It shrinks with the square of the number of chords.
        let chords = ((sagitta / TOLERANCE).sqrt().ceil() as usize).clamp(1, MOST_CHORDS);
        let mut bent: Vec<_> = (1..chords).map(|step| between(side, step as f64 / chords as f64)).collect();
        transformer.convert_2d(&mut bent)?;
        ring.push(from);
        ring.append(&mut bent);
    }
    ring.push(probe[0]);
    Ok(ring)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CRS84;
    use stadtwin_model::{Crs, VerticalCrs};

    const UTM32: Crs = Crs { horizontal: 25832, vertical: VerticalCrs::Unknown, north_first: false };

    /// The parallel of a box, sampled finely, is nowhere farther from the ring than the tolerance.
    #[test]
    fn sides_bend_as_much_as_they_do() {
        let transformer = Transformer::new(&CRS84, &UTM32).unwrap();
        // A building's surroundings, a town, Bavaria, and a box with one point.
        let cases = [
            ([11.65, 48.25, 11.653, 48.252], 5..=5),
            ([11.5, 48.2, 11.8, 48.4], 20..=120),
            ([8.9, 47.2, 13.9, 50.6], 200..=257),
            ([11.65, 48.25, 11.65, 48.25], 5..=5),
        ];
        for (bounds, count) in cases {
            let ring = ring_of_box(bounds, &transformer).unwrap();
            assert!(count.contains(&ring.len()), "{bounds:?}: {} points", ring.len());
            assert_eq!(ring.first(), ring.last());
            let [west, south, east, north] = bounds;
            for (step, latitude) in (0..=500).flat_map(|step| [(step, south), (step, north)]) {
                let mut at = [[west + (east - west) * f64::from(step) / 500.0, latitude]];
                transformer.convert_2d(&mut at).unwrap();
                let nearest =
                    ring.windows(2).map(|side| distance(at[0], side[0], side[1])).fold(f64::MAX, f64::min);
                let allowed = if bounds[2] - bounds[0] > 2.0 { 3.0 } else { 0.0101 };
                assert!(nearest <= allowed, "{bounds:?}: {nearest} m off");
            }
        }
    }

    fn distance(at: [f64; 2], from: [f64; 2], to: [f64; 2]) -> f64 {
        let along = [to[0] - from[0], to[1] - from[1]];
        let length = (along[0] * along[0] + along[1] * along[1]).max(1e-30);
        let share = (((at[0] - from[0]) * along[0] + (at[1] - from[1]) * along[1]) / length).clamp(0.0, 1.0);
        (at[0] - from[0] - share * along[0]).hypot(at[1] - from[1] - share * along[1])
    }
}
