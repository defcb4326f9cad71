//! Files of heights in archives.

use super::kind::{Kind, kind_of};
use super::{io_error, not_heights};
use crate::unpack::{self, Archive};
use crate::{FormatError, Input};
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;
use std::sync::Arc;

/// The file itself, or what of an archive holds heights, in the order of names.
pub(super) fn inputs(path: &Path) -> Result<Vec<Input>, FormatError> {
    let name = path.display().to_string();
    if !unpack::is_zip(path).map_err(io_error(&name))? {
        return Ok(vec![Input::file(path)]);
    }
    let (mut entries, _) = unpack::zip_entries(path).map_err(io_error(&name))?;
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let archive = Arc::new(Archive::new(path));
    let mut found = Vec::new();
    for entry in entries {
        let input = Input::entry(&archive, entry);
        // Metadata lie beside heights as XML.
        let holds_heights = match kind_of(&input)? {
            Kind::Other => false,
            Kind::Xml => speaks_landxml(&input)?,
            _ => true,
        };
        if holds_heights {
            found.push(input);
        }
    }
    if found.is_empty() {
        return Err(not_heights(&name, "it holds no GeoTIFF, ESRI ASCII grid, XYZ list or LandXML surface"));
    }
    Ok(found)
}

fn speaks_landxml(input: &Input) -> Result<bool, FormatError> {
    let mut head = Vec::new();
    let reader = input.open().map_err(io_error(&input.name))?;
    reader.take(8192).read_to_end(&mut head).map_err(io_error(&input.name))?;
    crate::input::without_utf16(&mut head);
    Ok(memchr::memmem::find(&head, b"LandXML").is_some())
}

/// The bytes in a file that can be read at any place: the file itself, or a temporary one of what was packed.
pub(super) fn seekable(input: &Input, spool: &Path) -> Result<File, FormatError> {
    let failed = io_error(&input.name);
    if let Some(path) = input.plain_path() {
        return File::open(path).map_err(failed);
    }
    let mut file = tempfile::tempfile_in(spool).map_err(&failed)?;
    let mut reader = input.open().map_err(&failed)?;
    io::copy(&mut reader, &mut file).map_err(&failed)?;
    file.rewind().map_err(&failed)?;
    Ok(file)
}
