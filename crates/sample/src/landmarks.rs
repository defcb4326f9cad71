//! Buildings a town has few of: church, town hall, school, fire station.

use super::building::Body;
use super::houses::detached;
use super::landscape::world;
use super::layout::{Side, Use};
use super::plane::{distance, middle};
use super::roof::{self, Roof};
use super::solid::Frame;
use super::terraces::{core, flats, rows};
use super::works::{farm, industry};
use super::yard::{Placed, Yard, ground_under, rectangle};

/// A rectangle of a landmark: place and size in its frame, roof, eaves and ridge above ground in metres.
struct Part {
    at: [f64; 2],
    size: [f64; 2],
    roof: Roof,
    eaves: f64,
    ridge: f64,
}

/// Church in its yard in the middle of the block, old houses around.
pub fn church(yard: &mut Yard) {
    let centre = middle(&yard.block.ring);
    let frame = Frame::new(world([centre[0] - 17.0, centre[1] - 7.0]), yard.random.range(-0.08, 0.08));
    let (tower, nave, choir) = (
        rectangle(&frame, 0.0, 3.5, 7.0, 7.0),
        rectangle(&frame, 7.0, 0.0, 20.0, 14.0),
        rectangle(&frame, 27.0, 2.0, 9.0, 10.0),
    );
    let boxes = vec![nave, tower, choir];
    let base = ground_under(&boxes);
    let bodies = vec![
        Body {
            roof: "3100",
            solid: roof::rectangle(
                &frame.moved(7.0, 0.0),
                20.0,
                14.0,
                Roof::Gable,
                base,
                base + 10.5,
                base + 18.5,
            ),
        },
        Body {
            roof: "5000",
            solid: roof::choir(&frame.moved(27.0, 2.0), 9.0, 10.0, base, base + 9.5, base + 15.0),
        },
        tower_body(yard, &frame, base),
    ];
    let name =
        Some(if yard.block.municipality == 0 { "Pfarrkirche St. Martin" } else { "Filialkirche St. Anna" });
    let street = nearest_street(yard, centre);
    let building = Placed { name, street, year: 1731, ..yard.plain(bodies, "31001_3041", boxes) };
    yard.place(building, 0.0);
    yard.kept_free.push(rectangle(&frame, -9.0, -9.0, 54.0, 32.0));
    core(yard);
}

/// The market town has an onion dome, the village a spire.
fn tower_body(yard: &Yard, frame: &Frame, base: f64) -> Body {
    let lot = frame.moved(0.0, 3.5);
    if yard.block.municipality == 0 {
        Body { roof: "3700", solid: roof::onion_tower(&lot, 7.0, base, base + 30.0) }
    } else {
        Body {
            roof: "4000",
            solid: roof::rectangle(&lot, 7.0, 7.0, Roof::Spire, base, base + 22.0, base + 37.0),
        }
    }
}

/// Town hall at the back of a square that opens to the main road.
pub fn market(yard: &mut Yard) {
    let block = yard.block;
    let Some(side) = block.sides.iter().find(|side| side.street == Some(0)) else {
        return core(yard);
    };
    let along = side.line.length() * 0.5;
    let square = yard.lot(side, along, 46.0, -1.0);
    let frame = yard.lot(side, along, 24.0, 37.0);
    let boxes = vec![rectangle(&frame, 0.0, 0.0, 24.0, 14.0)];
    let base = ground_under(&boxes);
    let main = roof::rectangle(&frame, 24.0, 14.0, Roof::Mansard, base, base + 10.4, base + 17.5);
    let building = Placed {
        name: Some("Rathaus"),
        street: side.street,
        year: 1894,
        storeys: Some(3),
        ..yard.plain(vec![Body { roof: "3400", solid: main }], "31001_3012", boxes)
    };
    yard.place(building, 0.0);
    yard.kept_free.push(rectangle(&square, 0.0, 0.0, 46.0, 36.0));
    core(yard);
}

/// School with two wings and a gymnasium, gardens with houses where room is left.
pub fn school(yard: &mut Yard) {
    let parts = [
        Part { at: [0.0, 0.0], size: [54.0, 14.0], roof: Roof::Hip, eaves: 10.5, ridge: 14.5 },
        Part { at: [0.0, 14.0], size: [13.0, 15.0], roof: Roof::Flat, eaves: 7.5, ridge: 7.5 },
        Part { at: [41.0, 14.0], size: [13.0, 15.0], roof: Roof::Flat, eaves: 7.5, ridge: 7.5 },
    ];
    let gym = [Part { at: [6.0, 0.0], size: [28.0, 18.0], roof: Roof::Pent, eaves: 7.0, ridge: 9.0 }];
    central(yard, &parts, "31001_3020", "Grund- und Mittelschule", 1964, 9.0);
    central(yard, &gym, "31001_3020", "Turnhalle", 1978, 9.0);
    detached(yard);
}

/// Fire station with its hose tower.
pub fn fire_station(yard: &mut Yard) {
    let parts = [
        Part { at: [0.0, 0.0], size: [30.0, 15.0], roof: Roof::Flat, eaves: 5.8, ridge: 5.8 },
        Part { at: [30.0, 3.0], size: [5.0, 5.0], roof: Roof::Tent, eaves: 15.0, ridge: 17.0 },
    ];
    central(yard, &parts, "31001_3072", "Feuerwehrhaus", 1996, 12.0);
    detached(yard);
}

/// Sets a building of several parts back from the longest street side.
fn central(
    yard: &mut Yard,
    parts: &[Part],
    function: &'static str,
    name: &'static str,
    year: u32,
    setback: f64,
) {
    let width = parts.iter().map(|part| part.at[0] + part.size[0]).fold(0.0, f64::max);
    let block = yard.block;
    let mut sides: Vec<&Side> = block.sides.iter().filter(|side| side.street.is_some()).collect();
    sides.sort_by(|a, b| b.line.length().total_cmp(&a.line.length()));
    for side in sides {
        for share in [0.5, 0.45, 0.55, 0.38, 0.62, 0.3, 0.7] {
            let frame = yard.lot(side, side.line.length() * share, width, setback);
            let boxes: Vec<_> =
                parts.iter().map(|p| rectangle(&frame, p.at[0], p.at[1], p.size[0], p.size[1])).collect();
            let base = ground_under(&boxes);
            let body = |p: &Part| Body {
                roof: p.roof.code(),
                solid: roof::rectangle(
                    &frame.moved(p.at[0], p.at[1]),
                    p.size[0],
                    p.size[1],
                    p.roof,
                    base,
                    base + p.eaves,
                    base + p.ridge,
                ),
            };
            let bodies = parts.iter().map(body).collect();
            let building = Placed {
                name: Some(name),
                street: side.street,
                year,
                storeys: Some(2),
                ..yard.plain(bodies, function, boxes)
            };
            if yard.place(building, 3.0) {
                return;
            }
        }
    }
}

/// The street of the side whose middle is nearest.
fn nearest_street(yard: &Yard, spot: [f64; 2]) -> Option<usize> {
    let away = |side: &&Side| distance(side.line.at(side.line.length() / 2.0).0, spot);
    yard.block
        .sides
        .iter()
        .filter(|side| side.street.is_some())
        .min_by(|a, b| away(a).total_cmp(&away(b)))?
        .street
}

/// Builds up a block according to its use.
pub fn build(yard: &mut Yard) {
    match yard.block.usage {
        Use::Core => core(yard),
        Use::Market => market(yard),
        Use::Church => church(yard),
        Use::Detached => detached(yard),
        Use::Rows => rows(yard),
        Use::Flats => flats(yard),
        Use::School => school(yard),
        Use::Industry => industry(yard),
        Use::FireStation => fire_station(yard),
        Use::Farm => farm(yard),
        Use::Park | Use::Orchard => {}
    }
}
