//! Texture images as files.

/// An image file, known by its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// First 16 bytes of blake3 over the content.
    pub hash: [u8; 16],
    /// Told by content: `image/png`, `image/jpeg`, ….
    pub mime_type: String,
    /// [pixels], as the file says.
    pub width: u32,
    pub height: u32,
    pub content: Vec<u8>,
}
