#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| limpid_fuzz::outline_covers_its_text(data));
