//! The part of OGC Filter Encoding 2.0 that clients of WFS cannot do without: one box, or resource ids.

use super::citygml::{decode_text, scan};
use scan::Kind;

/// Elements within each other.
const MAX_DEPTH: usize = 8;
/// Ids in one filter.
const MAX_IDS: usize = 1_000;

/// What a filter asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum FesFilter {
    Box {
        /// `None`: that of the request.
        srs_name: Option<String>,
        /// Least, then greatest, in the order of the axes of `srs_name`.
        corners: [[f64; 2]; 2],
    },
    Ids(Vec<String>),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FesError {
    #[error("it is not well-formed at byte {0}")]
    Malformed(usize),
    #[error("`{0}` is not offered: give one `BBOX`, or `ResourceId`s")]
    Unsupported(String),
    #[error("{0}")]
    Wrong(&'static str),
}

/// Reads a filter of FES 2.0; prefixes do not matter.
pub fn read_fes(bytes: &[u8]) -> Result<FesFilter, FesError> {
    let mut reader = Reader::default();
    let mut open: Vec<(&[u8], usize)> = Vec::new();
    let mut at = 0;
    loop {
        let token = match scan::next_token(bytes, at) {
            Ok(token) => token,
            Err(end) if end >= bytes.len() => break,
            Err(start) => return Err(FesError::Malformed(start)),
        };
        let (_, local) = scan::split_name(token.name(bytes));
        let is_start = matches!(token.kind, Kind::Start | Kind::Empty);
        if is_start {
            if open.len() >= MAX_DEPTH {
                return Err(FesError::Malformed(token.start));
            }
            open.push((local, token.end));
            let path: Vec<&[u8]> = open.iter().map(|(name, _)| *name).collect();
            reader.begin(&path, token.attributes(bytes))?;
        }
        if matches!(token.kind, Kind::End | Kind::Empty) {
            let end = if token.kind == Kind::Empty { token.end } else { token.start };
            let (name, start) =
                open.pop().filter(|(name, _)| *name == local).ok_or(FesError::Malformed(token.start))?;
            reader.end(name, bytes.get(start..end).unwrap_or(&[]))?;
        }
        at = token.end;
    }
    if !open.is_empty() {
        return Err(FesError::Malformed(bytes.len()));
    }
    reader.done()
}

#[derive(Default)]
struct Reader {
    boxes: usize,
    srs_name: Option<String>,
    lower: Option<[f64; 2]>,
    upper: Option<[f64; 2]>,
    ids: Vec<String>,
}

impl Reader {
    fn begin(&mut self, path: &[&[u8]], attributes: &[u8]) -> Result<(), FesError> {
        match path {
            [b"Filter"]
            | [b"Filter", b"BBOX", b"ValueReference" | b"PropertyName"]
            | [b"Filter", b"BBOX", b"Envelope", b"lowerCorner" | b"upperCorner"] => {}
            [b"Filter", b"BBOX"] => self.boxes += 1,
            [b"Filter", b"BBOX", b"Envelope"] => self.srs_name = attribute(attributes, b"srsName"),
            [b"Filter", b"ResourceId"] if self.ids.len() < MAX_IDS => {
                self.ids.push(
                    attribute(attributes, b"rid").ok_or(FesError::Wrong("a `ResourceId` has no `rid`"))?,
                );
            }
            [b"Filter", b"ResourceId"] => {
                return Err(FesError::Wrong("give up to 1000 `ResourceId`s at a time"));
            }
            [.., name] => {
                let name: String = String::from_utf8_lossy(name).chars().take(80).collect();
                return Err(FesError::Unsupported(name));
            }
            [] => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &[u8], content: &[u8]) -> Result<(), FesError> {
        match name {
            b"lowerCorner" => self.lower = Some(position(content)?),
            b"upperCorner" => self.upper = Some(position(content)?),
            _ => {}
        }
        Ok(())
    }

    fn done(self) -> Result<FesFilter, FesError> {
        match (self.boxes, self.ids.is_empty()) {
            (0, false) => Ok(FesFilter::Ids(self.ids)),
            (1, true) => {
                let corners = self.lower.zip(self.upper).map(|(lower, upper)| [lower, upper]);
                let corners =
                    corners.ok_or(FesError::Wrong("a `BBOX` needs an `Envelope` with two corners"))?;
                Ok(FesFilter::Box { srs_name: self.srs_name, corners })
            }
            (0, true) => Err(FesError::Wrong("it is no `Filter` that asks for anything")),
            _ => Err(FesError::Wrong("give one `BBOX`, or `ResourceId`s")),
        }
    }
}

fn attribute(raw: &[u8], name: &[u8]) -> Option<String> {
    scan::attributes(raw).find(|(known, _)| *known == name).map(|(_, value)| decode_text(value).into_owned())
}

fn position(content: &[u8]) -> Result<[f64; 2], FesError> {
    let text = decode_text(content);
    let numbers: Option<Vec<f64>> = text
        .split_whitespace()
        .take(3)
        .map(|word| word.parse().ok().filter(|n: &f64| n.is_finite()))
        .collect();
    match numbers.as_deref() {
        Some(&[first, second]) => Ok([first, second]),
        _ => Err(FesError::Wrong("a corner must be two numbers")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENVELOPE: &str = "<gml:lowerCorner>1 2</gml:lowerCorner><gml:upperCorner>3 4.5</gml:upperCorner>";

    #[test]
    fn boxes_and_ids_are_read() {
        let of = |srs: &str| {
            format!(
                "<?xml version='1.0'?><Filter xmlns='http://www.opengis.net/fes/2.0' xmlns:gml='http://www.opengis.net/gml/3.2'>\
                 <BBOX><ValueReference>st:geometry</ValueReference><gml:Envelope{srs}>{ENVELOPE}</gml:Envelope></BBOX></Filter>"
            )
        };
        let corners = [[1.0, 2.0], [3.0, 4.5]];
        assert_eq!(read_fes(of("").as_bytes()), Ok(FesFilter::Box { srs_name: None, corners }));
        let named = FesFilter::Box { srs_name: Some("urn:a&b".into()), corners };
        assert_eq!(read_fes(of(" srsName=\"urn:a&amp;b\"").as_bytes()), Ok(named));
        let ids =
            "<fes:Filter><fes:ResourceId rid='a.1'/><fes:ResourceId rid='a.2'></fes:ResourceId></fes:Filter>";
        assert_eq!(read_fes(ids.as_bytes()), Ok(FesFilter::Ids(vec!["a.1".into(), "a.2".into()])));
    }

    #[test]
    fn all_else_is_told() {
        let deep = "<Filter>".repeat(9);
        for (text, part) in [
            ("", "no `Filter`"),
            ("BBOX", "no `Filter`"),
            ("<Filter/>", "no `Filter`"),
            ("<Filter><And><BBOX/></And></Filter>", "`And` is not offered"),
            ("<Filter><PropertyIsEqualTo/></Filter>", "`PropertyIsEqualTo` is not offered"),
            ("<Filter><BBOX/></Filter>", "two corners"),
            (
                "<Filter><BBOX><Envelope><lowerCorner>1 x</lowerCorner></Envelope></BBOX></Filter>",
                "two numbers",
            ),
            (
                "<Filter><BBOX><Envelope><lowerCorner>1 2 3</lowerCorner></Envelope></BBOX></Filter>",
                "two numbers",
            ),
            (
                "<Filter><BBOX><Envelope><lowerCorner>1 NaN</lowerCorner></Envelope></BBOX></Filter>",
                "two numbers",
            ),
            ("<Filter><ResourceId/></Filter>", "no `rid`"),
            ("<Filter><ResourceId rid='a'>", "not well-formed"),
            ("<Filter></Fitler>", "not well-formed"),
            ("</Filter>", "not well-formed"),
            (&deep, "`Filter` is not offered"),
            ("<Query/>", "`Query` is not offered"),
        ] {
            let told = read_fes(text.as_bytes()).unwrap_err().to_string();
            assert!(told.contains(part), "{text}: {told}");
        }
    }
}
