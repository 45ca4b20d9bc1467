//! The wasm entry: makes the page that the server rendered come alive.

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the script that Leptos puts into the page.
#[wasm_bindgen]
pub fn hydrate() {
    // A panic says why in the browser's console, and not just `unreachable`.
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
}
