#![no_main]

use std::io::Write;

use libfuzzer_sys::fuzz_target;
use stadtwin::formats::expand;
use stadtwin_fuzz::read_to_end;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut file) = tempfile::Builder::new().suffix(".zip").tempfile() else { return };
    if file.write_all(bytes).is_err() {
        return;
    }
    let (inputs, _) = expand(&[file.path().display().to_string()]);
    for input in inputs.into_iter().take(16) {
        let mut beside = input.beside();
        let _ = beside.read("../images/wall.png", 1 << 20);
        read_to_end(input);
    }
});
