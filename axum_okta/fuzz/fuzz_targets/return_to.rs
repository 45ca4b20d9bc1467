//! Where a person goes after signing in: nowhere else than in this app.
#![no_main]

libfuzzer_sys::fuzz_target!(|typed: &str| axum_okta::properties::return_to(typed));
