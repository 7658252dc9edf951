#![no_main]

#[path = "../../tests/common/bodies.rs"]
#[allow(dead_code, reason = "each target has one of them")]
mod bodies;

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::stamps(data));
