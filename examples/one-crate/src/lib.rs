//! A Leptos app in one crate that signs in with Okta.

pub mod app;
#[cfg(feature = "ssr")]
pub mod server;

/// Where the app starts in the browser.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
}
