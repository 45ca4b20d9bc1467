//! placeholder
use wasm_bindgen::prelude::wasm_bindgen;
/// Hydrates.
#[wasm_bindgen]
pub fn hydrate() {}
