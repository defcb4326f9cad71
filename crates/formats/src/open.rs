//! A city model file of any format, told by its content.

use super::citygml::{self, BatchResult, Candidate, CityGmlFile, Declared, Header};
use super::cityjson::{self, CityJsonFile};
use super::input::without_utf16;
use super::{FormatError, Input};
use stadtwin_model::Issue;
use std::io::Read;
use std::sync::Arc;

/// A file, open for one pass.
pub enum CityModelFile {
    CityGml(Box<CityGmlFile>),
    CityJson(Box<CityJsonFile>),
}

/// Reads as much as is needed to know the header.
pub fn open(input: Input) -> Result<CityModelFile, FormatError> {
    open_by(input, CityGmlFile::open)
}

/// As `open`, but without appearances: for those who only ask where things are.
pub fn open_plain(input: Input) -> Result<CityModelFile, FormatError> {
    open_by(input, CityGmlFile::open_plain)
}

fn open_by(
    input: Input,
    citygml: fn(Input) -> Result<CityGmlFile, FormatError>,
) -> Result<CityModelFile, FormatError> {
    let mut head = Vec::with_capacity(1024);
    let read = input.open().and_then(|reader| reader.take(1024).read_to_end(&mut head));
    read.map_err(|source| FormatError::Io { name: input.name.clone(), source })?;
    if cityjson::begins_as_json(&head) {
        return Ok(CityModelFile::CityJson(Box::new(CityJsonFile::open(input)?)));
    }
    without_utf16(&mut head);
    if cityjson::begins_as_json(&head) {
        let reason = "it is written in UTF-16, and JSON must be UTF-8: convert it first".to_owned();
        return Err(FormatError::NotCityJson { name: input.name, reason });
    }
    Ok(CityModelFile::CityGml(Box::new(citygml(input)?)))
}

/// Whether the beginning of a file, cut off anywhere, is damaged in a way that no continuation mends. Zip archives are
/// looked into elsewhere.
pub fn is_hopeless(beginning: &Input) -> bool {
    let mut head = Vec::with_capacity(1024);
    let read = beginning.open().and_then(|reader| reader.take(1024).read_to_end(&mut head));
    if read.is_err() || head.starts_with(b"PK") {
        return false;
    }
    let Ok(reader) = beginning.open() else { return false };
    if cityjson::begins_as_json(&head) {
        return cityjson::is_hopeless(reader);
    }
    citygml::is_hopeless(reader)
}

impl CityModelFile {
    pub fn header(&self) -> &Header {
        match self {
            CityModelFile::CityGml(file) => file.header(),
            CityModelFile::CityJson(file) => file.header(),
        }
    }

    /// What registered extensions declare; formats without them do not care.
    pub fn declare(&mut self, declared: Arc<Declared>) {
        if let CityModelFile::CityGml(file) = self {
            file.declare(declared);
        }
    }

    /// Of the unpacked stream.
    pub fn bytes_read(&self) -> u64 {
        match self {
            CityModelFile::CityGml(file) => file.bytes_read(),
            CityModelFile::CityJson(file) => file.bytes_read(),
        }
    }

    /// Findings about the file itself since the last call.
    pub fn issues(&mut self) -> Vec<Issue> {
        match self {
            CityModelFile::CityGml(file) => file.issues(),
            CityModelFile::CityJson(file) => file.issues(),
        }
    }

    /// The next objects, about 256 KiB of them; `None` behind the last.
    pub fn next_batch(&mut self) -> Result<Option<Batch>, FormatError> {
        Ok(match self {
            CityModelFile::CityGml(file) => file.next_batch()?.map(Batch::CityGml),
            CityModelFile::CityJson(file) => file.next_batch()?.map(Batch::CityJson),
        })
    }
}

/// Unparsed objects with what they need; parsing is work for any thread.
pub enum Batch {
    CityGml(citygml::Batch),
    CityJson(cityjson::Batch),
}

impl Batch {
    /// Unparsed size [bytes].
    pub fn size_bytes(&self) -> usize {
        match self {
            Batch::CityGml(batch) => batch.size_bytes(),
            Batch::CityJson(batch) => batch.size_bytes(),
        }
    }

    /// Objects that may be at hand, told by their bytes.
    pub fn candidates(&self) -> Vec<Candidate> {
        match self {
            Batch::CityGml(batch) => batch.candidates(),
            Batch::CityJson(_) => Vec::new(),
        }
    }

    /// Pure: the same batch gives the same result on any thread.
    pub fn parse(&self) -> BatchResult {
        self.parse_others(&[])
    }

    /// All but the members of these places (of `candidates`, in their order).
    pub fn parse_others(&self, known: &[usize]) -> BatchResult {
        match self {
            Batch::CityGml(batch) => batch.parse_others(known),
            Batch::CityJson(batch) => batch.parse(),
        }
    }
}
