//! Members that wait for a second pass: a bounded part of them in memory, the rest in a temporary file.

use super::header::Context;
use super::links::Unresolved;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

/// Members kept in memory, and resolved together [bytes].
const IN_MEMORY: usize = 64 << 20;

/// Of one file.
#[derive(Default)]
pub struct Pending {
    members: Vec<Unresolved>,
    /// Of `members` [bytes].
    size_bytes: usize,
    spool: Option<Spool>,
}

struct Spool {
    file: File,
    /// Where the next member to be read begins.
    read_at: u64,
    written: u64,
    /// The same for all members of a file.
    context: Arc<Context>,
}

impl Pending {
    pub fn extend(&mut self, members: Vec<Unresolved>) -> io::Result<()> {
        for member in members {
            self.size_bytes += member.size_bytes();
            self.members.push(member);
        }
        if self.size_bytes > IN_MEMORY { self.spill() } else { Ok(()) }
    }

    pub fn is_empty(&self) -> bool {
        self.members.is_empty() && self.spool.as_ref().is_none_or(|spool| spool.read_at >= spool.written)
    }

    fn spill(&mut self) -> io::Result<()> {
        let Some(first) = self.members.first() else { return Ok(()) };
        let spool = match &mut self.spool {
            Some(spool) => spool,
            None => {
                let context = first.context.clone();
                self.spool.insert(Spool { file: tempfile::tempfile()?, read_at: 0, written: 0, context })
            }
        };
        spool.file.seek(SeekFrom::Start(spool.written))?;
        let mut writer = BufWriter::new(&mut spool.file);
        for member in self.members.drain(..) {
            spool.written += write(&mut writer, &member)?;
        }
        writer.flush()?;
        self.size_bytes = 0;
        Ok(())
    }

    /// The members to resolve next, about 64 MiB of them; none when all are done.
    pub(super) fn take(&mut self) -> io::Result<Vec<Unresolved>> {
        if let Some(spool) = self.spool.as_mut().filter(|spool| spool.read_at < spool.written) {
            return spool.take();
        }
        self.size_bytes = 0;
        Ok(std::mem::take(&mut self.members))
    }
}

impl Spool {
    fn take(&mut self) -> io::Result<Vec<Unresolved>> {
        self.file.seek(SeekFrom::Start(self.read_at))?;
        let mut reader = BufReader::new(&mut self.file);
        let (mut members, mut size_bytes) = (Vec::new(), 0);
        while self.read_at < self.written && size_bytes <= IN_MEMORY {
            let (member, passed) = read(&mut reader, &self.context)?;
            self.read_at += passed;
            size_bytes += member.size_bytes();
            members.push(member);
        }
        Ok(members)
    }
}

/// Returns how many bytes were written.
fn write(writer: &mut impl Write, member: &Unresolved) -> io::Result<u64> {
    writer.write_all(&member.line.to_le_bytes())?;
    let texts = std::iter::once(member.bytes.as_slice()).chain(member.needed.iter().map(String::as_bytes));
    writer.write_all(&(member.needed.len() as u64).to_le_bytes())?;
    let mut written = 16;
    for text in texts {
        writer.write_all(&(text.len() as u64).to_le_bytes())?;
        writer.write_all(text)?;
        written += 8 + text.len() as u64;
    }
    Ok(written)
}

/// The member and how many bytes it took; the file is our own, so its lengths are true.
fn read(reader: &mut impl Read, context: &Arc<Context>) -> io::Result<(Unresolved, u64)> {
    let (line, count) = (number(reader)?, number(reader)?);
    let (bytes, mut passed) = text(reader)?;
    passed += 16;
    let mut needed = BTreeSet::new();
    for _ in 0..count {
        let (id, length) = text(reader)?;
        needed.insert(String::from_utf8(id).map_err(io::Error::other)?);
        passed += length;
    }
    Ok((Unresolved { bytes, line, context: context.clone(), needed }, passed))
}

fn number(reader: &mut impl Read) -> io::Result<u64> {
    let mut bytes = [0; 8];
    reader.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

fn text(reader: &mut impl Read) -> io::Result<(Vec<u8>, u64)> {
    let length = number(reader)?;
    let mut bytes = Vec::new();
    reader.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length {
        Ok((bytes, 8 + length))
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(line: u64, size: usize) -> Unresolved {
        let context = Context {
            prefixes: Vec::new(),
            uris: Vec::new(),
            appearances: Arc::default(),
            srs_name: None,
            surroundings: [0; 32],
            declared: Arc::default(),
            workspaces: Default::default(),
        };
        let needed = BTreeSet::from([format!("a{line}"), "b.gml#ü".to_owned()]);
        Unresolved { bytes: vec![b'x'; size], line, context: Arc::new(context), needed }
    }

    #[test]
    fn members_come_back_in_order_whatever_their_number() {
        let mut pending = Pending::default();
        assert!(pending.is_empty());
        for line in 0..21 {
            pending.extend(vec![member(line, 10 << 20)]).unwrap();
            assert!(pending.size_bytes <= IN_MEMORY);
        }
        let mut found = Vec::new();
        while !pending.is_empty() {
            let chunk = pending.take().unwrap();
            assert!(chunk.len() <= 7, "{}", chunk.len());
            found.extend(chunk);
        }
        assert_eq!(found.iter().map(|member| member.line).collect::<Vec<_>>(), (0..21).collect::<Vec<_>>());
        assert!(
            found.iter().all(|member| member.bytes.len() == 10 << 20 && member.needed.contains("b.gml#ü"))
        );
        assert!(found[3].needed.contains("a3") && pending.take().unwrap().is_empty());
    }
}
