//! Edges of a shell against the definition: each has exactly two faces, and these run along it in opposite ways
//! (ISO 19107: a shell is an oriented surface without boundary). Looked at only where an edge is used twice in one way.

use super::Findings;
use super::shell::Shell;

/// One use of an edge by a face.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Use {
    low: u32,
    high: u32,
    face: u32,
    /// From the higher vertex to the lower.
    is_backward: bool,
}

/// What is wrong with the edges of a shell.
#[derive(Debug, Default, PartialEq)]
struct Faults {
    /// A face at an edge with more than two uses and a vertex of it, and how many such edges there are.
    crowded: Option<(u32, u32, usize)>,
    /// Faces to turn over so that neighbours agree, each with a vertex of it.
    turned: Vec<(u32, u32)>,
    /// A face and a vertex of an edge whose two faces run the same way though no face is missing anywhere.
    one_way: Option<(u32, u32)>,
}

/// 303 where an edge has too many faces, or two that make no oriented surface; 307 for each face to turn over.
pub fn tell(shell: &Shell, findings: &mut Findings) {
    let mut uses = Vec::new();
    for (face, ring) in shell.rings() {
        let vertices = shell.shape.ring_vertices(shell.geometry, ring);
        let ends = vertices.iter().zip(vertices.iter().cycle().skip(1));
        uses.extend(ends.map(|(&from, &to)| Use {
            low: from.min(to),
            high: from.max(to),
            face,
            is_backward: from > to,
        }));
    }
    let faults = faults(uses, shell.faces.len());
    let at = |vertex| Some(shell.shape.point(vertex));
    for (face, vertex) in faults.turned {
        findings.add(307, Some(shell.first + face), None, at(vertex));
    }
    if let Some((face, vertex, count)) = faults.crowded {
        let value = format!("{count} {} with more than two faces", if count == 1 { "edge" } else { "edges" });
        findings.add(303, Some(shell.first + face), Some(value), at(vertex));
    } else if let Some((face, vertex)) = faults.one_way {
        findings.add(303, Some(shell.first + face), None, at(vertex));
    }
}

fn faults(mut uses: Vec<Use>, face_count: usize) -> Faults {
    uses.sort_unstable();
    let mut found = Faults::default();
    let mut sides = Sides::new(face_count);
    let (mut is_open, mut disagree, mut one_way) = (false, false, None);
    for edge in uses.chunk_by(|a, b| (a.low, a.high) == (b.low, b.high)) {
        match edge {
            [_] => is_open = true,
            [a, b] => {
                let same = a.is_backward == b.is_backward;
                if same {
                    one_way = one_way.or(Some((b.face, b.low)));
                }
                disagree |= !sides.join(a.face, b.face, same);
            }
            [.., last] => {
                let (face, vertex, count) = found.crowded.unwrap_or((last.face, last.low, 0));
                found.crowded = Some((face, vertex, count + 1));
            }
            [] => {}
        }
    }
    // A face may be missing at an open edge: only without such is the surface itself at fault. One that no turning
    // makes agree (a Moebius strip) always is.
    found.one_way = one_way.filter(|_| !is_open || disagree);
    if one_way.is_some() && !disagree {
        let mut vertices = vec![0; face_count];
        for used in &uses {
            if let Some(vertex) = vertices.get_mut(used.face as usize) {
                *vertex = used.low;
            }
        }
        let vertex = |face: u32| vertices.get(face as usize).copied().unwrap_or_default();
        found.turned = sides.fewer().into_iter().map(|face| (face, vertex(face))).collect();
    }
    found
}

/// Faces that are connected, each on one of two sides: those that agree with each other.
struct Sides {
    /// Of each face, another of its piece, and whether it is on the other side than that.
    parent: Vec<(u32, bool)>,
}

impl Sides {
    fn new(count: usize) -> Sides {
        Sides { parent: (0..count as u32).map(|face| (face, false)).collect() }
    }

    /// The face that stands for the piece, and whether this one is on the other side.
    fn find(&mut self, face: u32) -> (u32, bool) {
        let (mut at, mut other) = (face, false);
        while let Some((parent, is_other)) = self.parent.get(at as usize).copied() {
            let (above, is_above_other) =
                self.parent.get(parent as usize).copied().unwrap_or((parent, false));
            // Ways are halved as they are gone.
            if let Some(entry) = self.parent.get_mut(at as usize).filter(|_| parent != at) {
                *entry = (above, is_other ^ is_above_other);
            }
            if parent == at {
                break;
            }
            (at, other) = (above, other ^ is_other ^ is_above_other);
        }
        (at, other)
    }

    /// `false` when the faces are known to be the other way.
    fn join(&mut self, a: u32, b: u32, is_other: bool) -> bool {
        let ((a, a_other), (b, b_other)) = (self.find(a), self.find(b));
        let is_other = is_other ^ a_other ^ b_other;
        if a == b {
            return !is_other;
        }
        let (low, high) = (a.min(b), a.max(b));
        if let Some(entry) = self.parent.get_mut(high as usize) {
            *entry = (low, is_other);
        }
        true
    }

    /// Of each piece, the faces on the side that has fewer; of equals, those of the side without its first face.
    fn fewer(mut self) -> Vec<u32> {
        let all: Vec<(u32, bool)> = (0..self.parent.len() as u32).map(|face| self.find(face)).collect();
        let mut counts = vec![[0u32; 2]; all.len()];
        for (piece, is_other) in &all {
            if let Some(count) = counts.get_mut(*piece as usize) {
                count[usize::from(*is_other)] += 1;
            }
        }
        let is_fewer = |(piece, is_other): (u32, bool)| {
            let [first, others] = counts.get(piece as usize).copied().unwrap_or_default();
            others > 0 && if others <= first { is_other } else { !is_other }
        };
        (0u32..).zip(all).filter(|(_, place)| is_fewer(*place)).map(|(face, _)| face).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cube: corners 0 to 3 below, 4 to 7 above; faces look outwards.
    const CUBE: [&[u32]; 6] =
        [&[0, 3, 2, 1], &[4, 5, 6, 7], &[0, 1, 5, 4], &[1, 2, 6, 5], &[2, 3, 7, 6], &[3, 0, 4, 7]];

    fn of(faces: &[Vec<u32>]) -> (Vec<u32>, usize, bool) {
        let edges = |(face, ring): (u32, &Vec<u32>)| {
            let ends: Vec<_> = ring.iter().copied().zip(ring.iter().copied().cycle().skip(1)).collect();
            ends.into_iter().map(move |(from, to)| Use {
                low: from.min(to),
                high: from.max(to),
                face,
                is_backward: from > to,
            })
        };
        let found = faults((0u32..).zip(faces).flat_map(edges).collect(), faces.len());
        let turned = found.turned.iter().map(|(face, _)| *face).collect();
        (turned, found.crowded.map_or(0, |(_, _, count)| count), found.one_way.is_some())
    }

    fn cube(turned: &[usize], missing: &[usize]) -> Vec<Vec<u32>> {
        let face = |index: usize| {
            let mut ring = CUBE[index].to_vec();
            if turned.contains(&index) {
                ring.reverse();
            }
            ring
        };
        (0..6).filter(|index| !missing.contains(index)).map(face).collect()
    }

    /// Hand: which faces must be turned so that every edge runs both ways, and which edges have more than two faces.
    #[test]
    fn edges_are_judged_by_their_uses() {
        let fin = |at: [u32; 2]| [cube(&[], &[]), vec![vec![at[0], at[1], 8]]].concat();
        let moebius = vec![vec![0, 1, 3, 2], vec![2, 3, 5, 4], vec![4, 5, 0, 1]];
        for (faces, turned, crowded, one_way) in [
            (cube(&[], &[]), vec![], 0, false),
            (cube(&[2], &[]), vec![2], 0, true),
            (cube(&[0, 1], &[]), vec![0, 1], 0, true),
            (cube(&[0, 1, 2, 3], &[]), vec![4, 5], 0, true),
            (cube(&[0, 2, 5], &[]), vec![1, 3, 4], 0, true),
            (cube(&[2], &[1]), vec![1], 0, false),
            (fin([0, 1]), vec![], 1, false),
            (fin([1, 0]), vec![], 1, false),
            ([cube(&[], &[]), cube(&[], &[])].concat(), vec![], 12, false),
            (moebius, vec![], 0, true),
        ] {
            assert_eq!(of(&faces), (turned, crowded, one_way), "{faces:?}");
        }
    }
}
