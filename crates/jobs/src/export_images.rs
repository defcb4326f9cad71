//! Texture images beside an exported file: which names they get there, and copying them.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use stadtwin_model::{CityObject, Geometry, Texture};
use stadtwin_store::Store;

/// Folder beside the file.
const FOLDER: &str = "appearance";
/// Longest name that is taken over [bytes].
const MAX_NAME: usize = 100;

/// Names of images in the folder, by the hash of their content.
#[derive(Debug, Default)]
pub(super) struct ImageNames {
    /// Where files with these names may stand already.
    folder: Option<PathBuf>,
    by_hash: HashMap<String, String>,
    taken: HashSet<String>,
}

impl ImageNames {
    /// `folder` holds the exported file.
    pub fn beside(folder: Option<PathBuf>) -> ImageNames {
        ImageNames { folder: folder.map(|folder| folder.join(FOLDER)), ..ImageNames::default() }
    }

    /// Lets all textures whose images are kept point into the folder.
    pub fn rename(&mut self, object: &mut CityObject) {
        object.geometries.iter_mut().for_each(|geometry| self.rename_in(geometry));
        object.children.iter_mut().for_each(|child| self.rename(child));
    }

    fn rename_in(&mut self, geometry: &mut Geometry) {
        for texture in geometry.appearances.iter_mut().flat_map(|worn| &mut worn.textures) {
            if let Some(hash) = texture.image_hash.clone() {
                texture.image = format!("{FOLDER}/{}", self.name(hash, texture));
            }
        }
    }

    fn name(&mut self, hash: String, texture: &Texture) -> String {
        if let Some(known) = self.by_hash.get(&hash) {
            return known.clone();
        }
        let own = texture.image.rsplit(['/', '\\']).next().unwrap_or_default();
        let name = match is_safe(own) && self.is_free(own, &hash) {
            true => own.to_owned(),
            false => match own.rsplit_once('.').filter(|(_, end)| is_safe(end) && end.len() <= 4) {
                Some((_, end)) => format!("{hash}.{end}"),
                None => hash.clone(),
            },
        };
        // File systems may not tell large letters from small ones.
        self.taken.insert(name.to_lowercase());
        self.by_hash.insert(hash, name.clone());
        name
    }

    fn is_free(&self, name: &str, hash: &str) -> bool {
        let path = self.folder.as_ref().map(|folder| folder.join(name));
        let is_same = |path: PathBuf| match std::fs::read(path) {
            Ok(content) => blake3::hash(&content).to_hex().starts_with(hash),
            Err(_) => true,
        };
        !self.taken.contains(&name.to_lowercase()) && path.is_none_or(is_same)
    }

    /// Copies all named images into the folder; says how many.
    pub async fn copy_to(&self, store: &Store, folder: &Path) -> anyhow::Result<u64> {
        if self.by_hash.is_empty() {
            return Ok(0);
        }
        let folder = folder.join(FOLDER);
        std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        let mut count = 0;
        for (hash, name) in &self.by_hash {
            let Some(content) = image(store, hash).await? else { continue };
            let path = folder.join(name);
            std::fs::write(&path, content)
                .with_context(|| format!("{} cannot be written", path.display()))?;
            count += 1;
        }
        Ok(count)
    }

    /// As `copy_to`, into an archive.
    pub async fn pack(&self, store: &Store, archive: &mut ZipWriter<File>) -> anyhow::Result<u64> {
        let mut all: Vec<_> = self.by_hash.iter().collect();
        all.sort_by_key(|(_, name)| *name);
        let mut count = 0;
        for (hash, name) in all {
            let Some(content) = image(store, hash).await? else { continue };
            // Images are packed already.
            let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
            archive.start_file(format!("{FOLDER}/{name}"), options)?;
            archive.write_all(&content)?;
            count += 1;
        }
        Ok(count)
    }
}

async fn image(store: &Store, hash: &str) -> anyhow::Result<Option<Vec<u8>>> {
    let Ok(number) = u128::from_str_radix(hash, 16) else { return Ok(None) };
    Ok(store.image(number.to_be_bytes()).await?.map(|image| image.content))
}

fn is_safe(name: &str) -> bool {
    let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    letters && !name.is_empty() && !name.starts_with('.') && name.len() <= MAX_NAME
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_where_they_are_safe_and_free() {
        let mut names = ImageNames::default();
        let mut name = |hash: &str, image: &str| {
            names.name(hash.to_owned(), &Texture { image: image.to_owned(), ..Texture::default() })
        };
        assert_eq!(name("01", "tex\\wall.jpg"), "wall.jpg");
        assert_eq!(name("01", "other/name.jpg"), "wall.jpg");
        assert_eq!(name("02", "a/Wall.JPG"), "02.JPG");
        assert_eq!(name("03", "../../etc/pass wd"), "03");
        assert_eq!(name("04", "http://x/y/.hidden"), "04");
    }
}
