//! Lists that geometries point into: each row once, numbered as it comes.

use super::super::vertices::Transform;
use foldhash::{HashMap, HashMapExt};
use std::hash::Hash;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};

/// Rows remembered for reuse by later objects of a document.
const MAX_KNOWN: usize = 65_536;

/// Rows of one kind.
pub struct Table<K> {
    /// Rows given away before those here.
    base: u32,
    pub rows: Vec<K>,
    known: HashMap<K, u32>,
}

impl<K> Default for Table<K> {
    fn default() -> Table<K> {
        Table { base: 0, rows: Vec::new(), known: HashMap::new() }
    }
}

impl<K: Hash + Eq + Clone> Table<K> {
    pub fn index(&mut self, row: K) -> u32 {
        if let Some(index) = self.known.get(&row) {
            return *index;
        }
        let index = self.base + self.rows.len() as u32;
        self.known.insert(row.clone(), index);
        self.rows.push(row);
        index
    }

    /// Begins anew for the next line.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.known.clear();
    }

    /// The rows so far are written; `remember` keeps them for later objects, as far as memory goes.
    pub fn passed(&mut self, remember: bool) {
        self.base += self.rows.len() as u32;
        self.rows.clear();
        if !remember || self.known.len() > MAX_KNOWN {
            self.known.clear();
        }
    }

    pub fn len(&self) -> u32 {
        self.base + self.rows.len() as u32
    }
}

/// Vertices: whole numbers under a transform, or a template's decimals.
pub enum Corners {
    Whole(Transform, Table<[i64; 3]>),
    /// Bits of the numbers.
    Exact(Table<[u64; 3]>),
}

impl Corners {
    pub fn index(&mut self, point: [f64; 3]) -> u32 {
        match self {
            Corners::Whole(transform, table) => {
                let ([sx, sy, sz], [tx, ty, tz]) = (transform.scale, transform.translate);
                let whole =
                    |value: f64, scale: f64, translate: f64| ((value - translate) / scale).round() as i64;
                let [x, y, z] = point;
                table.index([whole(x, sx, tx), whole(y, sy, ty), whole(z, sz, tz)])
            }
            // Zero has two spellings.
            Corners::Exact(table) => table.index(point.map(|value| (value + 0.0).to_bits())),
        }
    }
}

/// Materials and textures as JSON texts, and texture coordinates by their bits.
#[derive(Default)]
pub struct Looks {
    pub materials: Table<String>,
    pub textures: Table<String>,
    pub coordinates: Table<[u64; 2]>,
}

impl Looks {
    pub fn is_empty(&self) -> bool {
        self.materials.len() == 0 && self.textures.len() == 0 && self.coordinates.len() == 0
    }

    pub fn clear(&mut self) {
        self.materials.clear();
        self.textures.clear();
        self.coordinates.clear();
    }
}

/// `[1,-2,3]`.
pub fn push_whole(out: &mut Vec<u8>, row: &[i64; 3]) {
    push_list(out, row, |out, value| push_integer(out, *value));
}

/// Shortest decimals of numbers kept as bits.
pub fn push_exact(out: &mut Vec<u8>, row: &[u64]) {
    push_list(out, row, |out, bits| push_number(out, f64::from_bits(*bits)));
}

pub fn push_list<T>(
    out: &mut Vec<u8>,
    items: impl IntoIterator<Item = T>,
    mut push: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(b'[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        push(out, item);
    }
    out.push(b']');
}

pub fn push_integer(out: &mut Vec<u8>, value: i64) {
    if value < 0 {
        out.push(b'-');
    }
    let mut digits = [0_u8; 20];
    let mut rest = value.unsigned_abs();
    let mut count = 0;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
        count += 1;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(digits.len() - count..).unwrap_or_default());
}

/// JSON knows no other than finite numbers.
pub fn push_number(out: &mut Vec<u8>, value: f64) {
    if value.is_finite() {
        push_json(out, &value);
    } else {
        out.push(b'0');
    }
}

/// Texts, numbers and values that are JSON already: writing them to memory does not fail.
pub fn push_json<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    let length = out.len();
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.truncate(length);
        out.extend_from_slice(b"null");
    }
}

/// Rows of a document that come behind its objects, kept in a file meanwhile.
#[derive(Default)]
pub struct Spool {
    file: Option<BufWriter<std::fs::File>>,
}

impl Spool {
    pub fn push(&mut self, row: &[u8]) -> io::Result<()> {
        match &mut self.file {
            Some(file) => file.write_all(b",")?,
            None => self.file = Some(BufWriter::new(tempfile::tempfile()?)),
        }
        self.file.as_mut().map_or(Ok(()), |file| file.write_all(row))
    }

    pub fn is_empty(&self) -> bool {
        self.file.is_none()
    }

    /// All rows with a bracket before and behind.
    pub fn copy_to(self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(b"[")?;
        if let Some(file) = self.file {
            let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.seek(SeekFrom::Start(0))?;
            io::copy(&mut file, out)?;
        }
        out.write_all(b"]")
    }
}
