#![no_main]

use libfuzzer_sys::fuzz_target;
use stadtwin::formats::image_header;

fuzz_target!(|bytes: &[u8]| {
    if let Some(header) = image_header(bytes) {
        assert!(header.mime_type.starts_with("image/"));
    }
});
