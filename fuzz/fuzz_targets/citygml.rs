#![no_main]

use libfuzzer_sys::fuzz_target;
use stadtwin::formats::Input;
use stadtwin_fuzz::read_to_end;

fuzz_target!(|bytes: &[u8]| {
    read_to_end(Input::memory("fuzz.gml", bytes));
});
