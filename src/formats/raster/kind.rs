//! What a file of heights is, by its first bytes.

use super::io_error;
use crate::formats::FormatError;
use std::fs::File;
use std::io::Read;
use std::path::Path;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Tiff,
    Other,
}

pub(super) fn kind_of(path: &Path) -> Result<Kind, FormatError> {
    let name = path.display().to_string();
    let mut head = Vec::with_capacity(64);
    let file = File::open(path).map_err(io_error(&name))?;
    file.take(64).read_to_end(&mut head).map_err(io_error(&name))?;
    Ok(kind_of_head(&head))
}

fn kind_of_head(head: &[u8]) -> Kind {
    let is_tiff = [&b"II*\0"[..], b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|magic| head.starts_with(magic));
    if is_tiff { Kind::Tiff } else { Kind::Other }
}
