#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| limpid_fuzz::json_edit_keeps_rest(data));
