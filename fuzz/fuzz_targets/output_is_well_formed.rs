#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| limpid_fuzz::output_is_well_formed(data));
