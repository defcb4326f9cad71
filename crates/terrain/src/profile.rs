//! Places along a line, for the heights under it.

/// A place of a profile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProfilePlace {
    /// From the line's start, along it [m].
    pub distance_m: f64,
    /// `[east, north]` [m].
    pub place: [f64; 2],
}

/// How many places `profile_places` will give.
pub fn profile_count(line: &[[f64; 2]], step_m: f64) -> f64 {
    let length: f64 = line.windows(2).map(|pair| length_m(pair[0], pair[1])).sum();
    length / step_m + line.len() as f64
}

/// Places every `step_m` [m] along a line (in metres), and its corners. Nothing for a step that is not positive; ask
/// `profile_count` before.
pub fn profile_places(line: &[[f64; 2]], step_m: f64) -> Vec<ProfilePlace> {
    let Some(&first) = line.first().filter(|_| step_m > 0.0) else { return Vec::new() };
    let mut places = vec![ProfilePlace { distance_m: 0.0, place: first }];
    let mut start_m = 0.0;
    for pair in line.windows(2) {
        let ([from, to], length) = ([pair[0], pair[1]], length_m(pair[0], pair[1]));
        let end_m = start_m + length;
        if length == 0.0 || !length.is_finite() {
            continue;
        }
        // Steps are counted from the line's start, through its corners; those at a corner come with it.
        let near = step_m * 1e-6;
        let mut step = ((start_m + near) / step_m).floor() + 1.0;
        while step * step_m < end_m - near {
            let share = (step * step_m - start_m) / length;
            let place = [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
            places.push(ProfilePlace { distance_m: step * step_m, place });
            step += 1.0;
        }
        places.push(ProfilePlace { distance_m: end_m, place: to });
        start_m = end_m;
    }
    places
}

fn length_m(from: [f64; 2], to: [f64; 2]) -> f64 {
    (to[0] - from[0]).hypot(to[1] - from[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &[[f64; 2]], step_m: f64, expected: &[(f64, [f64; 2])]) {
        let found: Vec<_> =
            profile_places(line, step_m).iter().map(|place| (place.distance_m, place.place)).collect();
        assert_eq!(found, expected);
        assert!(profile_count(line, step_m) >= found.len() as f64 || step_m <= 0.0);
    }

    #[test]
    fn steps_corners_and_ends() {
        // Hand: 10 m east, then 5 m north; a step of 4 m falls on 4, 8, 12 (2 m up the second part).
        let line = [[100.0, 50.0], [110.0, 50.0], [110.0, 55.0]];
        check(
            &line,
            4.0,
            &[
                (0.0, [100.0, 50.0]),
                (4.0, [104.0, 50.0]),
                (8.0, [108.0, 50.0]),
                (10.0, [110.0, 50.0]),
                (12.0, [110.0, 52.0]),
                (15.0, [110.0, 55.0]),
            ],
        );
        // A step on a corner is not told twice.
        check(&line, 10.0, &[(0.0, [100.0, 50.0]), (10.0, [110.0, 50.0]), (15.0, [110.0, 55.0])]);
        check(&[[1.0, 2.0], [1.0, 2.0]], 1.0, &[(0.0, [1.0, 2.0])]);
        check(&[[1.0, 2.0]], 1.0, &[(0.0, [1.0, 2.0])]);
        check(&line, 0.0, &[]);
        check(&[], 1.0, &[]);
    }
}
