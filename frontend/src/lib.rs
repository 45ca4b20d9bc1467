//! The wasm entry: makes the page that the server rendered come alive.

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the script that Leptos puts into the page.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(app::App);
}
