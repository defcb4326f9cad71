//! Texture images by content.

use sqlx::FromRow;

use super::{Store, StoreError};
use stadtwin_model::Image;

#[derive(FromRow)]
struct ImageRow {
    mime_type: String,
    width: i32,
    height: i32,
    content: Vec<u8>,
}

impl Store {
    /// Writes an image that is not there yet.
    pub async fn keep_image(&self, image: &Image) -> Result<(), StoreError> {
        // Most imports bring images that are there: their content is not sent again.
        let is_there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM image WHERE hash = $1)")
            .bind(image.hash.as_slice())
            .fetch_one(&self.pool)
            .await?;
        if is_there {
            return Ok(());
        }
        sqlx::query(
            "INSERT INTO image (hash, mime_type, width, height, size_bytes, content)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        )
        .bind(image.hash.as_slice())
        .bind(&image.mime_type)
        .bind(i32::try_from(image.width).unwrap_or(i32::MAX))
        .bind(i32::try_from(image.height).unwrap_or(i32::MAX))
        .bind(image.content.len() as i64)
        .bind(image.content.as_slice())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    pub async fn image(&self, hash: [u8; 16]) -> Result<Option<Image>, StoreError> {
        let row: Option<ImageRow> =
            sqlx::query_as("SELECT mime_type, width, height, content FROM image WHERE hash = $1")
                .bind(hash.as_slice())
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.map(|row| Image {
            hash,
            mime_type: row.mime_type,
            width: row.width.unsigned_abs(),
            height: row.height.unsigned_abs(),
            content: row.content,
        }))
    }
}
