#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| limpid_fuzz::untouched_bytes_equal(data));
