//! A Leptos app of islands that signs in with Okta.

pub mod app;
mod counter;

/// Where the islands come to life in the browser.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
