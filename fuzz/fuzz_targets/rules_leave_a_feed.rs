#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| limpid_fuzz::rules_leave_a_feed(data));
