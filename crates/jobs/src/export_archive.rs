//! An export as one archive.

use std::fs::File;
use std::io::{self, Seek};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::export::Export;
use super::export_images::ImageNames;
use stadtwin_store::Store;

impl Export {
    /// Turns the file into an archive of itself and its images.
    pub(super) async fn pack(
        &self,
        store: &Store,
        mut file: File,
        names: &ImageNames,
    ) -> anyhow::Result<(File, u64)> {
        let entry = format!("{}.{}", self.collection, self.format.extension());
        let mut plain = tempfile::tempfile()?;
        file.rewind()?;
        let mut archive = tokio::task::spawn_blocking(move || -> anyhow::Result<ZipWriter<File>> {
            io::copy(&mut file, &mut plain)?;
            plain.rewind()?;
            file.rewind()?;
            file.set_len(0)?;
            let mut archive = ZipWriter::new(file);
            archive.start_file(entry, SimpleFileOptions::default().large_file(true))?;
            io::copy(&mut plain, &mut archive)?;
            Ok(archive)
        })
        .await??;
        let images = names.pack(store, &mut archive).await?;
        Ok((archive.finish()?, images))
    }
}
