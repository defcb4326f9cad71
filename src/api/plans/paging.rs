//! Lists of plans by pages: each page begins behind a number.

use crate::api::call::Call;
use crate::api::links::{Links, link};

const DEFAULT: i64 = 100;
const MOST: i64 = 1_000;

/// How many of a list are asked for, and behind which number.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub limit: i64,
    pub after: i64,
}

/// A part of a list; `next` is the number that the following one begins behind.
#[derive(Debug)]
pub struct Part<T> {
    pub entries: Vec<T>,
    pub next: Option<i64>,
}

impl Asked {
    pub fn of(call: &Call) -> Asked {
        Asked {
            limit: call.query.integer("limit").unwrap_or(DEFAULT).clamp(1, MOST),
            after: call.query.integer("after").unwrap_or(0),
        }
    }

    /// The longest page from the beginning.
    pub const WHOLE: Asked = Asked { limit: MOST, after: 0 };

    /// Of so many and one more.
    pub fn cut<T>(self, mut entries: Vec<T>, number: fn(&T) -> i64) -> Part<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let has_more = entries.len() > limit;
        entries.truncate(limit);
        let next = entries.last().filter(|_| has_more).map(number);
        Part { entries, next }
    }
}

/// A page of what may be seen of a list that is read piece by piece.
pub struct Filling<T> {
    asked: Asked,
    /// Number of the last one that was looked at.
    pub after: i64,
    found: Vec<(i64, T)>,
}

impl<T> Filling<T> {
    pub fn new(asked: Asked) -> Filling<T> {
        Filling { asked, after: asked.after, found: Vec::new() }
    }

    /// Of a piece.
    pub fn wanted(&self) -> i64 {
        self.asked.limit + 1
    }

    pub fn is_full(&self) -> bool {
        self.found.len() as i64 > self.asked.limit
    }

    /// `None`: it may not be seen.
    pub fn look(&mut self, number: i64, seen: Option<T>) {
        self.after = number;
        self.found.extend(seen.map(|seen| (number, seen)));
    }

    pub fn part(mut self) -> Part<T> {
        let has_more = self.is_full();
        self.found.truncate(usize::try_from(self.asked.limit).unwrap_or(usize::MAX));
        let next = self.found.last().filter(|_| has_more).map(|(number, _)| *number);
        Part { entries: self.found.into_iter().map(|(_, seen)| seen).collect(), next }
    }
}

impl<T> Part<T> {
    /// The links of the document, with that to the next page.
    pub fn links(&self, call: &Call) -> Links {
        let mut links = call.own_links();
        links.extend(
            self.next_path(call).map(|next| link("next", &call.base.to(&next), call.media, "the next page")),
        );
        links
    }

    /// For a page of HTML; empty on the last one.
    pub fn next_url(&self, call: &Call) -> String {
        self.next_path(call).map(|next| format!("{}{next}", call.base.prefix())).unwrap_or_default()
    }

    fn next_path(&self, call: &Call) -> Option<String> {
        let after = self.next?.to_string();
        let query = call.query.with(&[("after", Some(&after)), ("f", Some(call.media.format()))]);
        Some(format!("{}{query}", call.path))
    }
}
