#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| limpid_fuzz::configuration_is_read_or_refused(data));
