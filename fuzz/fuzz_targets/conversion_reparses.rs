#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| limpid_fuzz::conversion_reparses(data));
