//! What an admin may paste as issuer.
#![no_main]

libfuzzer_sys::fuzz_target!(|typed: &str| axum_okta::properties::issuer(typed));
