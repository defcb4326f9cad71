//! Buildings a town has few of: church, town hall, school, fire station, halls, farms.

use super::building::{Body, Detail};
use super::houses::{core, detached, small};
use super::landscape::world;
use super::layout::{Side, Use};
use super::plane::{distance, middle};
use super::roof::{self, Roof};
use super::solid::Frame;
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
    let frame = Frame::new(
        world([centre[0] - 17.0, centre[1] - 7.0]),
        yard.random.range(-0.08, 0.08),
    );
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
            solid: roof::choir(
                &frame.moved(27.0, 2.0),
                9.0,
                10.0,
                base,
                base + 9.5,
                base + 15.0,
            ),
        },
        tower_body(yard, &frame, base),
    ];
    let name = Some(if yard.block.municipality == 0 {
        "Pfarrkirche St. Martin"
    } else {
        "Filialkirche St. Anna"
    });
    let street = nearest_street(yard, centre);
    let building = Placed {
        name,
        street,
        year: 1731,
        ..yard.plain(bodies, "31001_3041", boxes)
    };
    yard.place(building, 0.0);
    yard.kept_free
        .push(rectangle(&frame, -9.0, -9.0, 54.0, 32.0));
    core(yard);
}

/// The market town has an onion dome, the village a spire.
fn tower_body(yard: &Yard, frame: &Frame, base: f64) -> Body {
    let lot = frame.moved(0.0, 3.5);
    if yard.block.municipality == 0 {
        Body {
            roof: "3700",
            solid: roof::onion_tower(&lot, 7.0, base, base + 30.0),
        }
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
    let main = roof::rectangle(
        &frame,
        24.0,
        14.0,
        Roof::Mansard,
        base,
        base + 10.4,
        base + 17.5,
    );
    let building = Placed {
        name: Some("Rathaus"),
        street: side.street,
        year: 1894,
        storeys: Some(3),
        ..yard.plain(
            vec![Body {
                roof: "3400",
                solid: main,
            }],
            "31001_3012",
            boxes,
        )
    };
    yard.place(building, 0.0);
    yard.kept_free
        .push(rectangle(&square, 0.0, 0.0, 46.0, 36.0));
    core(yard);
}

/// School with two wings and a gymnasium, gardens with houses where room is left.
pub fn school(yard: &mut Yard) {
    let parts = [
        Part {
            at: [0.0, 0.0],
            size: [54.0, 14.0],
            roof: Roof::Hip,
            eaves: 10.5,
            ridge: 14.5,
        },
        Part {
            at: [0.0, 14.0],
            size: [13.0, 15.0],
            roof: Roof::Flat,
            eaves: 7.5,
            ridge: 7.5,
        },
        Part {
            at: [41.0, 14.0],
            size: [13.0, 15.0],
            roof: Roof::Flat,
            eaves: 7.5,
            ridge: 7.5,
        },
    ];
    let gym = [Part {
        at: [6.0, 0.0],
        size: [28.0, 18.0],
        roof: Roof::Pent,
        eaves: 7.0,
        ridge: 9.0,
    }];
    central(
        yard,
        &parts,
        "31001_3020",
        "Grund- und Mittelschule",
        1964,
        9.0,
    );
    central(yard, &gym, "31001_3020", "Turnhalle", 1978, 9.0);
    detached(yard);
}

/// Fire station with its hose tower.
pub fn fire_station(yard: &mut Yard) {
    let parts = [
        Part {
            at: [0.0, 0.0],
            size: [30.0, 15.0],
            roof: Roof::Flat,
            eaves: 5.8,
            ridge: 5.8,
        },
        Part {
            at: [30.0, 3.0],
            size: [5.0, 5.0],
            roof: Roof::Tent,
            eaves: 15.0,
            ridge: 17.0,
        },
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
    let width = parts
        .iter()
        .map(|part| part.at[0] + part.size[0])
        .fold(0.0, f64::max);
    let block = yard.block;
    let mut sides: Vec<&Side> = block
        .sides
        .iter()
        .filter(|side| side.street.is_some())
        .collect();
    sides.sort_by(|a, b| b.line.length().total_cmp(&a.line.length()));
    for side in sides {
        for share in [0.5, 0.45, 0.55, 0.38, 0.62, 0.3, 0.7] {
            let frame = yard.lot(side, side.line.length() * share, width, setback);
            let boxes: Vec<_> = parts
                .iter()
                .map(|p| rectangle(&frame, p.at[0], p.at[1], p.size[0], p.size[1]))
                .collect();
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

/// Halls in LoD1 with offices in LoD2 at the street.
pub fn industry(yard: &mut Yard) {
    let block = yard.block;
    for side in block.sides.iter().filter(|side| side.street.is_some()) {
        let mut along = 26.0;
        while along < side.line.length() - 20.0 {
            let (width, depth) = (yard.random.range(22.0, 52.0), yard.random.range(18.0, 42.0));
            let setback = yard.random.range(7.0, 14.0);
            let frame = yard.lot(side, along + width / 2.0, width, setback);
            let boxes = vec![rectangle(&frame, 0.0, 0.0, width, depth)];
            let base = ground_under(&boxes);
            let solid = roof::rectangle(
                &frame,
                width,
                depth,
                Roof::Flat,
                base,
                base + yard.random.range(6.0, 11.5),
                0.0,
            );
            let body = Body {
                roof: "1000",
                solid,
            };
            let building = Placed {
                detail: Detail::Lod1,
                street: side.street,
                year: 1990,
                ..yard.plain(vec![body], "31001_2000", boxes)
            };
            if !yard.place(building, 7.0) {
                along += 7.0;
                continue;
            }
            if yard.random.chance(0.6) {
                office(yard, side, &frame, width);
            }
            along += width + yard.random.range(9.0, 20.0);
        }
    }
}

fn office(yard: &mut Yard, side: &Side, hall: &Frame, width: f64) {
    let lot = hall.moved(width + 0.02, 0.0);
    let boxes = vec![rectangle(&lot, 0.0, 0.0, 11.0, 14.0)];
    let base = ground_under(&boxes);
    let solid = roof::rectangle(&lot, 11.0, 14.0, Roof::Flat, base, base + 9.6, base + 9.6);
    let building = Placed {
        street: side.street,
        year: 1998,
        storeys: Some(3),
        ..yard.plain(
            vec![Body {
                roof: "1000",
                solid,
            }],
            "31001_2000",
            boxes,
        )
    };
    yard.place(building, 0.01);
}

/// Farmsteads around a yard: long house, barn across, sheds; houses where room is left.
pub fn farm(yard: &mut Yard) {
    let block = yard.block;
    for side in block.sides.iter().filter(|side| side.street.is_some()) {
        let mut along = 30.0;
        while along < side.line.length() - 24.0 {
            along += if farmstead(yard, side, along) {
                62.0
            } else {
                8.0
            };
        }
    }
    detached(yard);
}

fn farmstead(yard: &mut Yard, side: &Side, along: f64) -> bool {
    let frame = yard.lot(side, along, 40.0, 3.0);
    let (length, width) = (yard.random.range(22.0, 27.0), 11.5);
    let boxes = vec![rectangle(&frame, 0.0, 0.0, width, length)];
    let base = ground_under(&boxes);
    let solid = roof::rectangle(
        &frame.turned(width),
        length,
        width,
        Roof::Gable,
        base,
        base + 6.2,
        base + 9.6,
    );
    let house = Placed {
        street: side.street,
        year: 1887,
        storeys: Some(2),
        ..yard.plain(
            vec![Body {
                roof: "3100",
                solid,
            }],
            "31001_1000",
            boxes,
        )
    };
    if !yard.place(house, 4.0) {
        return false;
    }
    // A barn across the back, seen from the street behind the yard.
    let barn = frame.moved(14.0, 22.0);
    let boxes = vec![rectangle(&barn, 0.0, 0.0, 24.0, 12.0)];
    let base = ground_under(&boxes);
    let solid = roof::rectangle(
        &barn,
        24.0,
        12.0,
        Roof::Gable,
        base,
        base + 5.2,
        base + 10.0,
    );
    let building = Placed {
        year: 1903,
        ..yard.plain(
            vec![Body {
                roof: "3100",
                solid,
            }],
            "31001_2000",
            boxes,
        )
    };
    yard.place(building, 0.5);
    small(
        yard,
        &frame.moved(31.0, 1.0),
        [7.5, 17.0],
        Roof::Gable,
        3.6,
        "31001_2000",
        1954,
    );
    true
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
        Use::Rows => super::houses::rows(yard),
        Use::Flats => super::houses::flats(yard),
        Use::School => school(yard),
        Use::Industry => industry(yard),
        Use::FireStation => fire_station(yard),
        Use::Farm => farm(yard),
        Use::Park | Use::Orchard => {}
    }
}
