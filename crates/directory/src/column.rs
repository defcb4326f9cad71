//! One value of each feature, beside a directory.

use std::collections::HashMap;
use std::sync::Arc;

/// What a number may have and still be told from every other by its `f64`.
const MOST_DIGITS: usize = 15;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    Truths,
    Numbers,
    Texts,
}

/// A value in a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Entry<'a> {
    Nothing,
    Truth(bool),
    Number(f64),
    Text(&'a str),
}

/// Values of all features of a state: 1, 8 or 4 bytes for each, and each text once.
#[derive(Debug)]
pub struct Column {
    /// Of the directory that it goes with.
    keys: Arc<[i64]>,
    values: Values,
}

#[derive(Debug)]
enum Values {
    /// 0 false, 1 true, 2 nothing.
    Truths(Vec<u8>),
    /// Not a number: nothing.
    Numbers(Vec<f64>),
    Texts(Texts),
}

/// Texts by numbers; 0 is none.
#[derive(Debug, Default)]
struct Texts {
    codes: Vec<u32>,
    texts: Vec<Box<str>>,
    bytes: usize,
}

impl Column {
    /// Without any feature.
    pub fn empty(kind: ColumnKind) -> Column {
        let values = match kind {
            ColumnKind::Truths => Values::Truths(Vec::new()),
            ColumnKind::Numbers => Values::Numbers(Vec::new()),
            ColumnKind::Texts => Values::Texts(Texts::default()),
        };
        Column { keys: Arc::default(), values }
    }

    /// Whether it goes with a directory of these keys.
    pub fn is_of(&self, keys: &Arc<[i64]>) -> bool {
        Arc::ptr_eq(&self.keys, keys)
    }

    /// Those of the keys whose values are to be read for `changed`.
    pub fn missing(&self, keys: &[i64]) -> Vec<i64> {
        let mut at = 0;
        let is_missing = |key: &i64| self.place(&mut at, *key).is_none();
        keys.iter().copied().filter(is_missing).collect()
    }

    /// Where a key is, not before `from`, which moves there: keys come ascending.
    fn place(&self, from: &mut usize, key: i64) -> Option<usize> {
        let behind = self.keys.get(*from..)?;
        *from += match behind.first() {
            Some(first) if *first >= key => 0,
            _ => behind.partition_point(|known| *known < key),
        };
        (self.keys.get(*from) == Some(&key)).then_some(*from)
    }

    /// The same with the features of another state; `read` has what is missing, by key, as PostgreSQL writes it. `None`:
    /// a number is too long to be kept as one, or a truth is none.
    pub fn changed(&self, keys: &Arc<[i64]>, read: &HashMap<i64, String>) -> Option<Column> {
        let mut from = 0;
        let places = keys.iter().map(|key| match self.place(&mut from, *key) {
            Some(at) => Ok(at),
            None => Err(read.get(key).map(String::as_str)),
        });
        let values = match &self.values {
            Values::Truths(old) => {
                let truth = |text: Option<&str>| match text {
                    None => Some(2),
                    Some("true" | "t") => Some(1),
                    Some("false" | "f") => Some(0),
                    Some(_) => None,
                };
                Values::Truths(
                    places
                        .map(|place| place.map_or_else(truth, |at| Some(old[at])))
                        .collect::<Option<_>>()?,
                )
            }
            Values::Numbers(old) => Values::Numbers(
                places.map(|place| place.map_or_else(number, |at| Some(old[at]))).collect::<Option<_>>()?,
            ),
            Values::Texts(old) => {
                let mut texts = TextWriter::default();
                for place in places {
                    texts.push(place.map_or_else(|text| text, |at| old.get(at)));
                }
                Values::Texts(texts.done())
            }
        };
        Some(Column { keys: keys.clone(), values })
    }

    /// The value of the feature at a place in the directory.
    pub fn get(&self, at: u32) -> Entry<'_> {
        let at = at as usize;
        match &self.values {
            Values::Truths(truths) => match truths.get(at) {
                Some(0) => Entry::Truth(false),
                Some(1) => Entry::Truth(true),
                _ => Entry::Nothing,
            },
            Values::Numbers(numbers) => match numbers.get(at) {
                Some(number) if !number.is_nan() => Entry::Number(*number),
                _ => Entry::Nothing,
            },
            Values::Texts(texts) => texts.get(at).map_or(Entry::Nothing, Entry::Text),
        }
    }

    /// About what it takes, without the keys [bytes].
    pub fn bytes(&self) -> usize {
        match &self.values {
            Values::Truths(truths) => truths.len(),
            Values::Numbers(numbers) => numbers.len() * 8,
            Values::Texts(texts) => texts.codes.len() * 4 + texts.texts.len() * 16 + texts.bytes,
        }
    }
}

impl Texts {
    fn get(&self, at: usize) -> Option<&str> {
        let code = *self.codes.get(at)? as usize;
        self.texts.get(code.checked_sub(1)?).map(AsRef::as_ref)
    }
}

#[derive(Default)]
struct TextWriter<'a> {
    known: HashMap<&'a str, u32>,
    out: Texts,
}

impl<'a> TextWriter<'a> {
    fn push(&mut self, text: Option<&'a str>) {
        let code = text.map_or(0, |text| {
            let texts = &mut self.out.texts;
            *self.known.entry(text).or_insert_with(|| {
                texts.push(text.into());
                self.out.bytes += text.len();
                texts.len() as u32
            })
        });
        self.out.codes.push(code);
    }

    fn done(self) -> Texts {
        self.out
    }
}

/// `None` where its digits are more than an `f64` has.
fn number(text: Option<&str>) -> Option<f64> {
    let Some(text) = text else { return Some(f64::NAN) };
    let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite())?;
    let digits = || text.bytes().filter(u8::is_ascii_digit);
    let is_short = digits().skip_while(|digit| *digit == b'0').count() <= MOST_DIGITS;
    let is_lost = number == 0.0 && digits().any(|digit| digit != b'0');
    (is_short && !is_lost).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [i64; 4] = [2, 3, 5, 8];

    fn read(values: &[(i64, &str)]) -> HashMap<i64, String> {
        values.iter().map(|(key, value)| (*key, (*value).to_owned())).collect()
    }

    fn entries<'a>(column: &'a Column, keys: &[i64]) -> Vec<Entry<'a>> {
        (0..keys.len() as u32).map(|at| column.get(at)).collect()
    }

    #[test]
    fn columns_follow_their_directory() {
        let values = read(&[(2, "a"), (5, "b"), (8, "a")]);
        let first: Arc<[i64]> = KEYS.into();
        let empty = Column::empty(ColumnKind::Texts);
        assert_eq!(empty.missing(&first), KEYS);
        let column = empty.changed(&first, &values).unwrap();
        assert!(column.is_of(&first) && column.missing(&first).is_empty());
        assert_eq!(
            entries(&column, &first),
            [Entry::Text("a"), Entry::Nothing, Entry::Text("b"), Entry::Text("a")]
        );
        let second: Arc<[i64]> = [1, 3, 8, 9].into();
        assert_eq!(column.missing(&second), [1, 9]);
        let column = column.changed(&second, &read(&[(9, "c"), (8, "not asked for")])).unwrap();
        assert_eq!(
            entries(&column, &second),
            [Entry::Nothing, Entry::Nothing, Entry::Text("a"), Entry::Text("c")]
        );
        assert_eq!(column.bytes(), 4 * 4 + 2 * 16 + 2);
    }

    #[test]
    fn numbers_are_kept_where_they_stay_themselves() {
        for (text, expected) in [
            ("7.5", Some(7.5)),
            ("-0.000123456789012345", Some(-0.000_123_456_789_012_345)),
            ("123456789012345", Some(123_456_789_012_345.0)),
            ("1234567890123456", None),
            ("0.1234567890123456", None),
            ("0", Some(0.0)),
            ("x", None),
        ] {
            let keys: Arc<[i64]> = [4].into();
            let column = Column::empty(ColumnKind::Numbers).changed(&keys, &read(&[(4, text)]));
            let found = column.as_ref().map(|column| column.get(0));
            assert_eq!(found, expected.map(Entry::Number), "{text}");
        }
        let tiny = format!("0.{}1", "0".repeat(400));
        assert_eq!(number(Some(&tiny)), None);
    }

    #[test]
    fn truths_are_three() {
        let keys: Arc<[i64]> = KEYS.into();
        let column =
            Column::empty(ColumnKind::Truths).changed(&keys, &read(&[(2, "true"), (3, "false")])).unwrap();
        assert_eq!(entries(&column, &keys)[..3], [Entry::Truth(true), Entry::Truth(false), Entry::Nothing]);
        assert!(Column::empty(ColumnKind::Truths).changed(&keys, &read(&[(2, "maybe")])).is_none());
    }
}
