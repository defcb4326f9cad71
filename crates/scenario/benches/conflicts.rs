//! How long a plan of 50 objects takes against 10,000 buildings: `cargo bench -p stadtwin-scenario`.

use std::time::Instant;

use stadtwin_model::{CityObject, Span};
use stadtwin_scenario::conflict::{Plan, Standing, Thresholds, with_stock};
use stadtwin_scenario::{Extrusion, RoofForm, extrude};

const PASSES: usize = 9;
/// Buildings in a row; as many rows.
const SIDE: usize = 100;

/// A gable house of 10 × 12 m, or a block with a yard.
fn house(id: String, [x, y]: [f64; 2], has_yard: bool) -> Result<CityObject, String> {
    let ring = |inset: f64| {
        let (w, s, e, n) = (x + inset, y + inset, x + 10.0 - inset, y + 12.0 - inset);
        vec![[w, s], [e, s], [e, n], [w, n]]
    };
    let extrusion = Extrusion {
        footprint: if has_yard { vec![ring(0.0), ring(3.0)] } else { vec![ring(0.0)] },
        base_m: 480.0,
        height_m: Some(6.0),
        storeys: Some(2),
        storey_height_m: None,
        roof: if has_yard { RoofForm::Flat } else { RoofForm::Gable { rise_m: 5.0, across: false } },
        function: None,
    };
    extrude(&id, &extrusion).map_err(|error| error.to_string())
}

fn standing(object: &CityObject) -> Standing<'_> {
    Standing { uid: &object.id, object, span: Span::ALWAYS }
}

fn main() -> Result<(), String> {
    let (east, north) = (690_000.0, 5_347_000.0);
    let place = |index: usize| [east + (index % SIDE) as f64 * 15.0, north + (index / SIDE) as f64 * 15.0];
    let stock: Vec<CityObject> = (0..SIDE * SIDE)
        .map(|index| house(format!("S{index}"), place(index), index % 7 == 0))
        .collect::<Result<_, _>>()?;
    // Across the city, each in the room of up to four that stand.
    let planned: Vec<CityObject> = (0..50)
        .map(|index| {
            let [x, y] = place(index * 197);
            house(format!("H{index}"), [x + 8.0, y + 9.0], index % 5 == 0)
        })
        .collect::<Result<_, _>>()?;
    let stock: Vec<Standing> = stock.iter().map(standing).collect();
    let plan = Plan { scenario: "A", planned: planned.iter().map(standing).collect(), touches: Vec::new() };
    let mut milliseconds = Vec::with_capacity(PASSES);
    let mut count = 0;
    for _ in 0..PASSES {
        let started = Instant::now();
        count = with_stock(&plan, &stock, &Thresholds::default()).len();
        milliseconds.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    milliseconds.sort_by(f64::total_cmp);
    let median = milliseconds[PASSES / 2];
    println!(
        "conflicts: 50 planned objects against {} buildings, {count} conflicts, {median:.2} ms",
        stock.len()
    );
    Ok(())
}
