#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| limpid_fuzz::no_rules_is_identity(data));
