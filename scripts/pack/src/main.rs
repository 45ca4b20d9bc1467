//! `pack WASM FOLDER NAME` makes `NAME.js` and `NAME_bg.wasm` of what cargo built for the browser,
//! as the command `wasm-bindgen` does. Cargo.lock has this library at the version of the crate
//! `wasm-bindgen`, which it has to be, and it is built in a fraction of the time.

use std::env;

use anyhow::bail;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [wasm, folder, name] = &arguments[..] else {
        bail!("usage: pack WASM FOLDER NAME");
    };
    Bindgen::new()
        .input_path(wasm)
        .web(true)?
        .typescript(false)
        // Leptos' pages name the WebAssembly, whose name may have a hash.
        .omit_default_module_path(true)
        .out_name(name)
        .generate(folder)
}
