//! The query that Okta, or anybody, comes back with.
#![no_main]

libfuzzer_sys::fuzz_target!(|typed: &str| axum_okta::properties::callback(typed));
