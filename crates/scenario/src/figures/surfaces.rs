//! Green, sealed ground and roofs.

use super::{Counted, Figure, Plot, Sum, is_building};
use crate::plane::{common, united};
use crate::rule_set::{RuleSet, Use};

/// Green, sealed, roofs.
pub(super) fn surfaces(
    counted: &[Counted],
    plot: &Plot,
    area_m2: Option<f64>,
    rules: &RuleSet,
    figures: &mut Vec<Figure>,
) {
    let green = counted.iter().filter(|one| one.counts_as == Use::Green);
    let green = Sum::over(green, |one| one.subject.green_m3(rules).map(|volume| (volume, true))).figure(
        "greenVolume",
        "m³",
        "Tree crowns as ellipsoids of their diameter and height, other green by its solid or its height.",
    );
    let ratio = green.per(area_m2, "greenVolumeRatio", "m³/m²", "Green volume by the plot's area.");
    let sealed = sealed(counted, plot);
    let share = sealed.per(area_m2, "sealedShare", "1", "Sealed area by the plot's area.");
    let roofs = Sum::over(counted.iter().filter(is_building), |one| {
        one.subject.shape.roof_m2.map(|area| (area, false))
    });
    let roofs = roofs.figure("roofArea", "m²", "Roof surfaces in space.");
    figures.extend([green, ratio, sealed, share, roofs]);
}

fn sealed(counted: &[Counted], plot: &Plot) -> Figure {
    let share = |one: &Counted| {
        let by_use = matches!(one.counts_as, Use::Main | Use::Ancillary | Use::Underground | Use::Paved);
        one.subject.sealed_share.unwrap_or(f64::from(u8::from(by_use)))
    };
    let method = "Ground under buildings and paved surfaces, once where they overlap.";
    Figure { key: "sealedArea".to_owned(), method: method.to_owned(), ..covered(counted, plot, share) }
}

/// Ground that several cover counts once; what counts in part counts by itself.
pub(super) fn covered(counted: &[Counted], plot: &Plot, share: impl Fn(&Counted) -> f64) -> Figure {
    let (mut whole, mut ids, mut in_part) = (Vec::new(), Vec::new(), 0.0);
    for one in counted.iter().filter(|one| one.subject.shape.footprint_m2 > 0.0) {
        match share(one) {
            0.0 => continue,
            1.0 => whole.extend_from_slice(&one.subject.shape.footprint),
            share => in_part += share * one.share * one.subject.shape.footprint_m2,
        }
        ids.push(one.subject.id.clone());
    }
    let united = united(&whole);
    let is_bounded = !plot.polygons.is_empty();
    let inside_m2 =
        if is_bounded { common(&united.polygons, &plot.polygons).area_m2 } else { united.area_m2 };
    let sum = Sum { value: inside_m2 + in_part, ids, is_estimated: in_part > 0.0, ..Sum::default() };
    sum.figure("", "m²", "")
}
