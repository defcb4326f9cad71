//! The children of the root element, one after another, by their byte borders in a stream; knows no CityGML.

use super::scan::{self, Kind, Token};
use super::tree::MAX_DEPTH;
use memchr::{memchr2_iter, memmem};
use std::io::{self, Read};

/// The buffer is filled up to this: a little more than a batch of members, since what is behind one is copied [bytes].
const FULL: usize = 288 * 1024;
/// Read at once at least [bytes].
const CHUNK: usize = 64 * 1024;
/// Behind this much of an element without its end, depths are watched too [bytes].
const MAX_PLAIN: usize = 4 * 1024 * 1024;
/// One child of the root may be this big [bytes].
const MAX_MEMBER: usize = 512 * 1024 * 1024;
/// One tag, comment or CDATA section may be this big [bytes].
const MAX_TOKEN: usize = 64 * 1024 * 1024;

/// Byte borders of a child of the root in the buffer, with the line of its start tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Child {
    pub start: usize,
    pub end: usize,
    pub line: u64,
}

/// Why the stream cannot be followed further.
#[derive(Debug)]
pub enum SplitError {
    Read(io::Error),
    /// `is_cut` where the stream ends too early: more of it could mend that.
    Malformed {
        line: u64,
        reason: String,
        is_cut: bool,
    },
}

pub struct Splitter {
    reader: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    position: usize,
    /// Line at `counted`, from 1.
    line: u64,
    counted: usize,
    /// Bytes that left the buffer.
    gone: u64,
    read_to_end: bool,
    /// Names of the open root and its open child, for a check of their end tags.
    root: Vec<u8>,
    finished: bool,
    /// Whether bytes before `position` are needed by nobody.
    passed_is_free: bool,
    /// Line of a document type declaration before the root.
    document_type: Option<u64>,
}

impl Splitter {
    pub fn new(reader: Box<dyn Read + Send>) -> Splitter {
        Splitter {
            reader,
            buffer: Vec::new(),
            position: 0,
            line: 1,
            counted: 0,
            gone: 0,
            read_to_end: false,
            root: Vec::new(),
            finished: false,
            passed_is_free: false,
            document_type: None,
        }
    }

    /// Line of a document type declaration before the root, if there is one. Nothing that it declares is looked at.
    pub fn document_type(&self) -> Option<u64> {
        self.document_type
    }

    /// Bytes of the stream passed so far.
    pub fn passed(&self) -> u64 {
        self.gone + self.position as u64
    }

    /// Bytes of the buffer passed so far.
    pub fn consumed(&self) -> usize {
        self.position
    }

    pub fn bytes(&self) -> &[u8] {
        &self.buffer
    }

    pub fn line(&mut self) -> u64 {
        self.line_at(self.position)
    }

    /// The start tag of the root element, or `None` in a stream without one.
    pub fn root(&mut self) -> Result<Option<Token>, SplitError> {
        self.passed_is_free = true;
        while let Some(token) = self.token()? {
            match token.kind {
                Kind::Start | Kind::Empty => {
                    self.passed_is_free = false;
                    self.root = token.name(&self.buffer).to_vec();
                    self.finished = token.kind == Kind::Empty;
                    return Ok(Some(token));
                }
                Kind::Other => {
                    let text = self.buffer.get(token.start..token.end).unwrap_or(&[]);
                    if text.starts_with(b"<!DOCTYPE") {
                        self.document_type = Some(self.line_at(token.start));
                    }
                }
                Kind::End | Kind::CData => {
                    return Err(self.malformed("text stands before the root element"));
                }
            }
        }
        Ok(None)
    }

    /// The next whole child of the root; `None` behind the last. What was passed before it may leave the buffer where
    /// `passed_is_free`: nobody waits to take it.
    pub fn child(&mut self, passed_is_free: bool) -> Result<Option<Child>, SplitError> {
        while !self.finished {
            self.passed_is_free = passed_is_free;
            let token = self.token();
            self.passed_is_free = false;
            let Some(token) = token? else {
                return Err(self.cut_off("the file ends before its root element does"));
            };
            match token.kind {
                Kind::Empty => return Ok(Some(self.child_between(token, token.end))),
                Kind::Start => return self.read_until_end_of(token).map(Some),
                Kind::End if token.name(&self.buffer) == self.root => self.finished = true,
                Kind::End => return Err(self.malformed("an end tag closes nothing")),
                Kind::CData | Kind::Other => {}
            }
        }
        Ok(None)
    }

    /// The whole root element as one child; to be called right behind `root`.
    pub fn whole(&mut self, root: Token) -> Result<Child, SplitError> {
        if root.kind == Kind::Empty {
            return Ok(self.child_between(root, root.end));
        }
        let child = self.read_until_end_of(root)?;
        self.finished = true;
        Ok(child)
    }

    /// Takes everything up to `end` out of the buffer.
    pub fn take(&mut self, end: usize) -> Vec<u8> {
        self.line_at(end);
        let rest = self.buffer.get(end..).unwrap_or(&[]).to_vec();
        let mut taken = std::mem::replace(&mut self.buffer, rest);
        taken.truncate(end);
        self.gone += end as u64;
        self.position = self.position.saturating_sub(end);
        self.counted = 0;
        taken
    }

    /// The end tag of the same name ends the child, so that an error in it does not swallow what follows.
    fn read_until_end_of(&mut self, first: Token) -> Result<Child, SplitError> {
        if let Some(end) = self.plain_end(&first)? {
            self.position = end;
            return Ok(self.child_between(first, end));
        }
        let mut depth = 1_usize;
        let mut same_name = 1;
        while let Some(token) = self.token()? {
            let is_same = || token.name(&self.buffer) == first.name(&self.buffer);
            match token.kind {
                Kind::Start => {
                    same_name += usize::from(is_same());
                    depth += 1;
                }
                Kind::End => {
                    same_name -= usize::from(is_same());
                    depth = depth.saturating_sub(1);
                }
                _ => {}
            }
            if same_name == 0 {
                return Ok(self.child_between(first, token.end));
            }
            if depth >= 4 * MAX_DEPTH {
                return Err(self.malformed(&format!("elements are nested deeper than {}", 4 * MAX_DEPTH)));
            }
            if token.end - first.start > MAX_MEMBER {
                return Err(self.malformed("one object is bigger than 512 MiB"));
            }
        }
        Err(self.cut_off("the file ends inside an object"))
    }

    /// Behind the end tag of `first`, where that is plain to see: nothing in the element could hide a tag or has the
    /// same name. Several times as fast as going from tag to tag.
    fn plain_end(&mut self, first: &Token) -> Result<Option<usize>, SplitError> {
        let mut from = first.end;
        loop {
            match plain_end(&self.buffer, first.name(&self.buffer), first.end, from) {
                PlainEnd::At(end) => return Ok(Some(end)),
                PlainEnd::Unknown => return Ok(None),
                PlainEnd::Behind(known) => from = known,
            }
            if self.read_to_end || self.buffer.len() - first.start > MAX_PLAIN {
                return Ok(None);
            }
            self.fill()?;
        }
    }

    fn child_between(&mut self, first: Token, end: usize) -> Child {
        Child { start: first.start, end, line: self.line_at(first.start) }
    }

    fn token(&mut self) -> Result<Option<Token>, SplitError> {
        loop {
            match scan::next_token(&self.buffer, self.position) {
                Ok(token) => {
                    self.position = token.end;
                    return Ok(Some(token));
                }
                Err(at) if self.read_to_end => {
                    let unfinished = at < self.buffer.len();
                    self.position = self.buffer.len();
                    return if unfinished {
                        Err(self.cut_off("the file ends inside a tag"))
                    } else {
                        Ok(None)
                    };
                }
                Err(at) => {
                    self.position = at;
                    if self.passed_is_free && at >= CHUNK {
                        self.take(at);
                    }
                    self.fill()?;
                }
            }
        }
    }

    /// Reads on; the longer the unfinished token, the more, so that no byte is looked at too often.
    fn fill(&mut self) -> Result<(), SplitError> {
        let unfinished = self.buffer.len().saturating_sub(self.position);
        if unfinished > MAX_TOKEN {
            return Err(self.malformed("one tag, comment or CDATA section is bigger than 64 MiB"));
        }
        if self.buffer.len() > MAX_MEMBER + MAX_TOKEN {
            return Err(self.malformed("one object is bigger than 512 MiB"));
        }
        let mut end = self.buffer.len();
        self.buffer.resize(FULL.max(end + CHUNK.max(unfinished)), 0);
        let result = loop {
            let free = self.buffer.get_mut(end..).unwrap_or_default();
            match self.reader.read(free) {
                Ok(0) => break Ok(()),
                Ok(count) => end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(SplitError::Read(error)),
            }
        };
        self.read_to_end = end < self.buffer.len();
        self.buffer.truncate(end);
        result
    }

    fn line_at(&mut self, offset: usize) -> u64 {
        let between = self.buffer.get(self.counted..offset).unwrap_or(&[]);
        self.line += memchr::memchr_iter(b'\n', between).count() as u64;
        self.counted = self.counted.max(offset);
        self.line
    }

    fn malformed(&mut self, reason: &str) -> SplitError {
        self.finished = true;
        SplitError::Malformed { line: self.line_at(self.position), reason: reason.to_owned(), is_cut: false }
    }

    fn cut_off(&mut self, reason: &str) -> SplitError {
        self.finished = true;
        SplitError::Malformed { line: self.line_at(self.position), reason: reason.to_owned(), is_cut: true }
    }
}

/// Where an element ends that nothing hides.
enum PlainEnd {
    At(usize),
    /// Not in the bytes so far; all before this position is known.
    Behind(usize),
    /// A comment, CDATA or an element of the same name needs a closer look.
    Unknown,
}

/// Behind the end tag of an element whose inside begins at `inside`. Looks from `from` on.
fn plain_end(buffer: &[u8], name: &[u8], inside: usize, from: usize) -> PlainEnd {
    let rest = buffer.get(from..).unwrap_or(&[]);
    for found in memmem::find_iter(rest, name).map(|found| from + found) {
        let before = buffer.get(inside.max(found.saturating_sub(2))..found).unwrap_or(&[]);
        match before {
            b"</" => {
                let hides = memchr2_iter(b'!', b'?', buffer.get(inside..found).unwrap_or(&[]))
                    .any(|at| at > 0 && buffer.get(inside + at - 1) == Some(&b'<'));
                let end = found + name.len();
                let is_plain = !hides && buffer.get(end) == Some(&b'>');
                return if is_plain { PlainEnd::At(end + 1) } else { PlainEnd::Unknown };
            }
            [.., b'<'] => return PlainEnd::Unknown,
            _ => {}
        }
    }
    // A name may begin in the last bytes, behind two more of its tag.
    PlainEnd::Behind(buffer.len().saturating_sub(name.len() + 2).max(inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time.
    struct Slow(Vec<u8>, usize);

    impl Read for Slow {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some((byte, slot)) = self.0.get(self.1).zip(buffer.first_mut()) else {
                return Ok(0);
            };
            *slot = *byte;
            self.1 += 1;
            Ok(1)
        }
    }

    fn children(text: &str) -> (Vec<(String, u64)>, Option<u64>) {
        let mut splitter = Splitter::new(Box::new(Slow(text.as_bytes().to_vec(), 0)));
        let mut found = Vec::new();
        let _ = splitter.root();
        loop {
            match splitter.child(false) {
                Ok(Some(child)) => {
                    let taken = splitter.take(child.end);
                    found.push((String::from_utf8_lossy(&taken[child.start..]).into_owned(), child.line));
                }
                Ok(None) => return (found, None),
                Err(SplitError::Malformed { line, .. }) => return (found, Some(line)),
                Err(SplitError::Read(error)) => panic!("{error}"),
            }
        }
    }

    #[test]
    fn children_come_with_their_lines() {
        let text = "<?xml?>\n<r a='>'>\n<b/><!-- <c> -->\n<c><c>x</c><![CDATA[</c>]]></c>\n</r>";
        let (found, line) = children(text);
        assert_eq!(found, [("<b/>".to_owned(), 3), ("<c><c>x</c><![CDATA[</c>]]></c>".to_owned(), 4)]);
        assert_eq!(line, None);
    }

    #[test]
    fn what_comes_before_the_damage_is_kept() {
        for (text, count, line) in [
            ("<r><a/>\n<b>", 1, 2),
            ("<r><a></b>", 0, 1),
            ("<r><a/><b", 1, 1),
            ("<r>\n</x>", 0, 2),
            ("<r><a><b></a><c>", 1, 1),
        ] {
            let (found, at) = children(text);
            assert_eq!((found.len(), at), (count, Some(line)), "{text}");
        }
    }

    /// The head, then the same over and over up to a length; tells how much of it was asked for.
    struct Endless {
        head: &'static [u8],
        again: &'static [u8],
        left: u64,
        given: std::sync::Arc<std::sync::atomic::AtomicU64>,
    }

    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let mut rest = if self.head.is_empty() { self.again } else { std::mem::take(&mut self.head) };
            let mut count = 0;
            while let Some(room) = buffer.get_mut(count..).filter(|room| !room.is_empty() && self.left > 0) {
                let step = room.len().min(rest.len()).min(self.left as usize);
                room[..step].copy_from_slice(&rest[..step]);
                (count, self.left) = (count + step, self.left - step as u64);
                rest = self.again;
            }
            self.given.fetch_add(count as u64, std::sync::atomic::Ordering::Relaxed);
            Ok(count)
        }
    }

    /// What the stream is refused for, bytes read of it, and bytes held.
    fn refused(head: &'static str, again: &'static str, length: u64) -> (String, u64, usize) {
        let given = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
        let stream =
            Endless { head: head.as_bytes(), again: again.as_bytes(), left: length, given: given.clone() };
        let mut splitter = Splitter::new(Box::new(stream));
        let mut refusal = splitter.root().err();
        while refusal.is_none() {
            match splitter.child(true) {
                Ok(Some(_)) => {}
                Ok(None) => panic!("`{head}` is taken for whole"),
                Err(error) => refusal = Some(error),
            }
        }
        let Some(SplitError::Malformed { reason, .. }) = refusal else { panic!("{refusal:?}") };
        (reason, given.load(std::sync::atomic::Ordering::Relaxed), splitter.buffer.capacity())
    }

    #[test]
    fn streams_without_sense_are_left_early_and_never_held() {
        const GIB: u64 = 1 << 30;
        let deep = "elements are nested deeper than 1024";
        let long = "one tag, comment or CDATA section is bigger than 64 MiB";
        let cut = "the file ends before its root element does";
        for (head, again, length, reason, most_read, most_held) in [
            ("<r>", "<a>", 10 * GIB, deep, 1 << 20, 1 << 20),
            ("<r><b/>\n", "<a b='1'>", 10 * GIB, deep, 1 << 20, 1 << 20),
            ("<r a='", "x", 10 * GIB, long, 1 << 28, 1 << 28),
            ("<r><!-- ", "x", 10 * GIB, long, 1 << 28, 1 << 28),
            ("<r>", "                                ", GIB / 4, cut, GIB, 1 << 22),
            ("<r>", "<!-- a comment, nothing else -->", GIB / 16, cut, GIB, 1 << 22),
        ] {
            let (found, read, held) = refused(head, again, length);
            assert_eq!(found, reason, "{head}{again}");
            assert!(read <= most_read && held <= most_held, "{head}{again}: {read} read, {held} held");
        }
    }
}
