//! `GET /terrain/{id}/elevation`: the height at a point, or a profile along a line; POST: at many points.

use std::fmt::Write;

use axum::body::Body;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::places::{asked_crs, from_terrain, to_terrain};
use super::{crs_uri, named, reader, reader_tag, vertical_uri};
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::collections::CRS84_URI;
use crate::api::error::ApiError;
use crate::api::negotiate::Media;
use crate::api::orders::given;
use crate::api::params::shortened;
use crate::api::plans;
use stadtwin_crs::CRS84;
use stadtwin_jobs::TerrainReader;
use stadtwin_model::{Crs, Terrain};

/// Samples of one profile, and points of one batch.
pub const MOST_SAMPLES: usize = 10_000;
/// Corners of a line.
const MOST_CORNERS: usize = 1_000;
/// Longest body of a batch [bytes].
const BODY_BYTES: usize = 1 << 20;

/// A place on the way, in the CRS and the order of axes that was asked for.
struct Sample {
    /// Along the line, in the plane of the terrain's CRS [m].
    distance_m: f64,
    place: [f64; 2],
    height_m: Option<f64>,
}

/// `GET …/elevation?point=…` or `?line=…`.
pub async fn elevation(call: Call) -> Result<Answer, ApiError> {
    // Scenarios leave the ground as it is; that one is there is for those who may see it.
    plans::shown(&call).await?;
    let terrain = named(&call).await?;
    let reader = reader(&call, &terrain).await?;
    let tag = reader_tag(&call, &reader);
    if let Some(answer) = call.not_modified(&tag) {
        return Ok(answer);
    }
    let crs = asked_crs(call.query.get("crs"))?;
    let (point, line) = (call.query.get("point"), call.query.get("line"));
    let (corners, is_line) = match (point, line) {
        (Some(point), None) => (places("point", point, 1, 1)?, false),
        (None, Some(line)) => (places("line", line, 2, MOST_CORNERS)?, true),
        _ => return Err(ApiError::BadRequest("give either `point=x,y` or `line=x1,y1,x2,y2,…`".to_owned())),
    };
    let step_m = call.query.number("step").unwrap_or(terrain.grid.cell_m);
    let samples = samples(&reader, crs, corners, is_line.then_some(step_m)).await?;
    let answer = match call.media {
        Media::Csv => Answer::new(Media::Csv, csv(&samples)),
        Media::ProfileGeoJson => {
            Answer::json(Media::ProfileGeoJson, &geojson(&terrain, crs, &samples, is_line).await?)
        }
        _ => {
            let mut document = head(&terrain, crs);
            if is_line {
                profile(&mut document, step_m, &samples)
            } else {
                single(&mut document, &samples)
            }
            Answer::json(Media::Json, &document)
        }
    };
    Ok(answer.tagged(tag))
}

/// A body with many points.
#[derive(Deserialize)]
#[serde(untagged)]
enum Batch {
    Points(Vec<[f64; 2]>),
    Named {
        points: Vec<[f64; 2]>,
        #[serde(default, deserialize_with = "given")]
        crs: Option<String>,
    },
}

/// `POST …/elevation`.
pub async fn batch(call: Call, body: Body) -> Result<Answer, ApiError> {
    let terrain = named(&call).await?;
    let too_long = |what: String| ApiError::refused(StatusCode::PAYLOAD_TOO_LARGE, what);
    let bytes = axum::body::to_bytes(body, BODY_BYTES)
        .await
        .map_err(|_| too_long(format!("the body is longer than {BODY_BYTES} bytes")))?;
    let batch: Batch = serde_json::from_slice(&bytes).map_err(|_| {
        ApiError::BadRequest(
            "the body is not what is asked for: an array of points `[[x, y], …]`, or `{\"points\": […], \"crs\": …}`"
                .to_owned(),
        )
    })?;
    let (points, named_crs) = match batch {
        Batch::Points(points) => (points, None),
        Batch::Named { points, crs } => (points, crs),
    };
    if points.len() > MOST_SAMPLES {
        return Err(too_long(format!(
            "{} points are more than {MOST_SAMPLES}: send several batches",
            points.len()
        )));
    }
    let crs = asked_crs(named_crs.as_deref().or(call.query.get("crs")))?;
    let places = to_terrain(&terrain, crs, points).await?;
    let heights = reader(&call, &terrain).await?.heights(&places).await.map_err(ApiError::internal)?;
    let mut document = head(&terrain, crs);
    document["elevations"] = heights.into_iter().map(rounded).collect();
    Ok(Answer::json(Media::Json, &document).uncached())
}

fn places(name: &str, text: &str, least: usize, most: usize) -> Result<Vec<[f64; 2]>, ApiError> {
    let fault =
        |what: &str| Err(ApiError::BadRequest(format!("`{name}` must be {what}, not `{}`", shortened(text))));
    let numbers: Option<Vec<f64>> = text
        .split(',')
        .take(2 * most + 2)
        .map(|part| part.trim().parse().ok().filter(|number: &f64| number.is_finite()))
        .collect();
    let Some(numbers) = numbers.filter(|numbers| numbers.len() % 2 == 0) else {
        return fault("pairs of numbers, separated by commas");
    };
    let places: Vec<[f64; 2]> = numbers.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect();
    if places.len() < least || places.len() > most {
        return fault(&if most == 1 { "one pair".to_owned() } else { format!("{least} to {most} pairs") });
    }
    Ok(places)
}

async fn samples(
    reader: &TerrainReader,
    crs: Crs,
    corners: Vec<[f64; 2]>,
    step_m: Option<f64>,
) -> Result<Vec<Sample>, ApiError> {
    let terrain = &reader.terrain;
    let ways = to_terrain(terrain, crs, corners.clone()).await?;
    let along = match step_m {
        Some(step_m) => along(&ways, step_m)?,
        None => ways.iter().map(|place| (0.0, *place)).collect(),
    };
    let places: Vec<_> = along.iter().map(|(_, place)| *place).collect();
    let heights = reader.heights(&places).await.map_err(ApiError::internal)?;
    let shown = match step_m {
        Some(_) => from_terrain(terrain, crs, places).await?,
        None => corners,
    };
    let sample = |((distance_m, _), (place, height_m))| Sample { distance_m, place, height_m };
    Ok(along.into_iter().zip(shown.into_iter().zip(heights)).map(sample).collect())
}

/// The corners, and between them a place every `step_m`, with their distances from the first.
fn along(corners: &[[f64; 2]], step_m: f64) -> Result<Vec<(f64, [f64; 2])>, ApiError> {
    let length = |pair: &[[f64; 2]]| (pair[1][0] - pair[0][0]).hypot(pair[1][1] - pair[0][1]);
    let total_m: f64 = corners.windows(2).map(length).sum();
    if total_m / step_m > (MOST_SAMPLES - corners.len()) as f64 {
        return Err(ApiError::BadRequest(format!(
            "a line of {total_m:.0} m at a `step` of {step_m} m has more than {MOST_SAMPLES} samples: take a greater step"
        )));
    }
    let mut places = Vec::new();
    let mut before_m = 0.0;
    for pair in corners.windows(2) {
        let length_m = length(pair);
        let steps = (length_m / step_m).ceil().max(1.0) as usize;
        for step in 0..steps {
            let way_m = (step as f64 * step_m).min(length_m);
            let share = if length_m > 0.0 { way_m / length_m } else { 0.0 };
            let between = |axis: usize| pair[0][axis] + (pair[1][axis] - pair[0][axis]) * share;
            places.push((before_m + way_m, [between(0), between(1)]));
        }
        before_m += length_m;
    }
    places.extend(corners.last().map(|last| (before_m, *last)));
    Ok(places)
}

fn head(terrain: &Terrain, crs: Crs) -> Value {
    json!({
        "terrain": terrain.id,
        "revision": terrain.head,
        "crs": if crs == CRS84 { CRS84_URI.to_owned() } else { crs_uri(crs.horizontal) },
        "unit": "m",
        "verticalCrs": vertical_uri(terrain),
        "method": "bilinear between the nodes",
    })
}

fn single(document: &mut Value, samples: &[Sample]) {
    if let Some(sample) = samples.first() {
        document["point"] = json!(sample.place);
        document["elevation"] = rounded(sample.height_m);
    }
}

fn profile(document: &mut Value, step_m: f64, samples: &[Sample]) {
    let known: Vec<f64> = samples.iter().filter_map(|sample| sample.height_m).collect();
    let steps = || known.windows(2).map(|pair| pair[1] - pair[0]);
    let extreme = |of: fn(f64, f64) -> f64| rounded(known.iter().copied().reduce(of));
    document["length"] = rounded(samples.last().map(|sample| sample.distance_m));
    document["step"] = json!(step_m);
    document["lowest"] = extreme(f64::min);
    document["highest"] = extreme(f64::max);
    document["ascent"] = rounded(Some(steps().filter(|step| *step > 0.0).sum()));
    document["descent"] = rounded(Some(steps().filter(|step| *step < 0.0).map(f64::abs).sum()));
    let entry = |sample: &Sample| {
        json!({
            "distance": rounded(Some(sample.distance_m)),
            "point": sample.place,
            "elevation": rounded(sample.height_m),
        })
    };
    document["samples"] = samples.iter().map(entry).collect();
}

fn csv(samples: &[Sample]) -> String {
    let mut text = "distance,x,y,elevation\n".to_owned();
    for sample in samples {
        let [x, y] = sample.place;
        let height = sample.height_m.map(|height| format!("{height:.3}")).unwrap_or_default();
        let _ = writeln!(text, "{:.3},{x},{y},{height}", sample.distance_m);
    }
    text
}

/// A feature in CRS84: a point, or a line with its distances and heights side by side. Heights are those of the
/// terrain's own system, so they stand in the properties and not as third coordinates.
async fn geojson(terrain: &Terrain, crs: Crs, samples: &[Sample], is_line: bool) -> Result<Value, ApiError> {
    let places: Vec<_> = samples.iter().map(|sample| sample.place).collect();
    let places = if crs == CRS84 {
        places
    } else {
        let places = to_terrain(terrain, crs, places).await?;
        from_terrain(terrain, CRS84, places).await?
    };
    let places: Vec<_> =
        places.iter().map(|place| place.map(|degrees| (degrees * 1e8).round() / 1e8)).collect();
    let mut properties = head(terrain, CRS84);
    if is_line {
        properties["distance"] = samples.iter().map(|sample| rounded(Some(sample.distance_m))).collect();
        properties["elevation"] = samples.iter().map(|sample| rounded(sample.height_m)).collect();
    } else {
        properties["elevation"] = rounded(samples.first().and_then(|sample| sample.height_m));
    }
    let geometry = match (is_line, places.first()) {
        (false, Some(place)) => json!({ "type": "Point", "coordinates": place }),
        _ => json!({ "type": "LineString", "coordinates": places }),
    };
    Ok(json!({ "type": "Feature", "geometry": geometry, "properties": properties }))
}

/// To the millimetre.
fn rounded(metres: Option<f64>) -> Value {
    metres.map_or(Value::Null, |metres| json!((metres * 1000.0).round() / 1000.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hand: 3 m and 4 m at steps of 2 m: 0, 2 | 3, 5, 7.
    #[test]
    fn profiles_keep_the_corners() {
        let corners = [[0.0, 0.0], [3.0, 0.0], [3.0, 4.0]];
        let found = along(&corners, 2.0).unwrap();
        let expected =
            [(0.0, [0.0, 0.0]), (2.0, [2.0, 0.0]), (3.0, [3.0, 0.0]), (5.0, [3.0, 2.0]), (7.0, [3.0, 4.0])];
        assert_eq!(found, expected);
        assert_eq!(along(&[[1.0, 1.0], [1.0, 1.0]], 1.0).unwrap().len(), 2);
        assert!(along(&[[0.0, 0.0], [1e6, 0.0]], 1.0).is_err());
    }

    #[test]
    fn places_are_pairs_of_numbers() {
        assert_eq!(places("line", "1,2, 3,4", 2, 9).unwrap(), [[1.0, 2.0], [3.0, 4.0]]);
        for text in ["", "1", "1,2", "1,2,3", "1,2,x,4", "1,2,NaN,4", "1,2,inf,4"] {
            assert!(places("line", text, 2, 9).is_err(), "{text}");
        }
        assert!(places("point", "1,2,3,4", 1, 1).is_err());
    }
}
