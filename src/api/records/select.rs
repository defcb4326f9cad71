//! Which records are asked for: every condition must hold.

use jiff::Timestamp;

use super::record::Record;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::geovolumes::touches;
use crate::api::{region, time};
use stadtwin_crs::LonLatBox;

/// The checked question.
#[derive(Default)]
pub struct Selection {
    /// Each is a run of words, in lower case; one must be found.
    terms: Vec<Vec<String>>,
    kinds: Vec<String>,
    ids: Vec<String>,
    external: Vec<(Option<String>, Option<String>)>,
    bbox: Option<LonLatBox>,
    /// Open ends are `None`.
    interval: Option<[Option<Timestamp>; 2]>,
}

impl Selection {
    pub fn of(call: &Call) -> Result<Selection, ApiError> {
        let listed = |name: &str| call.query.get(name).map(split).unwrap_or_default();
        let instant = |text: Option<String>| text.and_then(|text| text.parse().ok());
        let interval = call.query.get("datetime").map(time::parse).transpose()?;
        Ok(Selection {
            terms: listed("q").iter().map(|term| words(term)).filter(|term| !term.is_empty()).collect(),
            kinds: listed("type"),
            ids: listed("ids"),
            external: listed("externalIds").iter().map(|text| external(text)).collect(),
            bbox: call.query.get("bbox").map(region::parse).transpose()?,
            interval: interval.map(|interval| [instant(interval.start), instant(interval.end)]),
        })
    }

    pub fn takes(&self, record: &Record) -> bool {
        let one_of =
            |names: &[String], name: &str| names.is_empty() || names.iter().any(|known| known == name);
        one_of(&self.kinds, record.kind)
            && one_of(&self.ids, &record.id)
            && self.names(record)
            && self.finds(record)
            // What has no place or time is everywhere and always (OGC API – Features, 7.15.3 and 7.15.4).
            && self.bbox.as_ref().zip(record.extent).is_none_or(|(bbox, extent)| touches(bbox, extent))
            && self.interval.is_none_or(|asked| meets(asked, &record.interval))
    }

    fn names(&self, record: &Record) -> bool {
        let (scheme, value) = &record.external;
        self.external.is_empty()
            || self.external.iter().any(|(asked_scheme, asked_value)| {
                asked_scheme.as_deref().is_none_or(|asked| asked == *scheme)
                    && asked_value.as_deref().is_none_or(|asked| asked == value)
            })
    }

    /// Whether a term stands in one of the texts, its words one after the other.
    fn finds(&self, record: &Record) -> bool {
        let texts = [&record.title, &record.description].into_iter().chain(&record.keywords);
        let texts: Vec<_> = texts.map(|text| words(text)).collect();
        let holds = |text: &Vec<String>, term: &Vec<String>| {
            text.windows(term.len())
                .any(|run| run.iter().zip(term).all(|(word, asked)| word.contains(asked.as_str())))
        };
        self.terms.is_empty() || self.terms.iter().any(|term| texts.iter().any(|text| holds(text, term)))
    }
}

fn split(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).take(1_000).map(str::to_owned).collect()
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_lowercase).collect()
}

/// `scheme:value`, `value`, or `scheme:` for all of a scheme.
fn external(text: &str) -> (Option<String>, Option<String>) {
    match text.split_once(':') {
        Some((scheme, "")) => (Some(scheme.to_owned()), None),
        Some((scheme, value)) => (Some(scheme.to_owned()), Some(value.to_owned())),
        None => (None, Some(text.to_owned())),
    }
}

fn meets([start, end]: [Option<Timestamp>; 2], [begin, last]: &[Option<String>; 2]) -> bool {
    let instant = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<Timestamp>().ok());
    let after = start.zip(instant(last)).is_none_or(|(start, last)| start <= last);
    let before = end.zip(instant(begin)).is_none_or(|(end, begin)| begin <= end);
    after && before
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meets_day(start: Option<&str>, end: Option<&str>) -> bool {
        let range = [Some("2020-01-01T00:00:00Z".to_owned()), Some("2021-01-01T00:00:00Z".to_owned())];
        meets([start, end].map(|text| text.map(|text| text.parse().unwrap())), &range)
    }

    #[test]
    fn intervals_meet() {
        assert!(meets_day(Some("2020-06-01T00:00:00Z"), Some("2020-06-02T00:00:00Z")));
        assert!(meets_day(Some("2021-01-01T00:00:00Z"), None));
        assert!(meets_day(None, Some("2020-01-01T00:00:00Z")));
        assert!(!meets_day(Some("2021-01-01T00:00:01Z"), None));
        assert!(!meets_day(None, Some("2019-12-31T23:59:59Z")));
        assert!(meets([Some("1999-01-01T00:00:00Z".parse().unwrap()), None], &[None, None]));
    }

    #[test]
    fn external_ids_have_schemes() {
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(external("terrain:dgm"), (text("terrain"), text("dgm")));
        assert_eq!(external("dgm"), (None, text("dgm")));
        assert_eq!(external("terrain:"), (text("terrain"), None));
    }
}
