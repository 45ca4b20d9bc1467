//! A small Leptos app with a server function and a `Resource`. With the feature `okta`, it has what
//! the guide adds.

#[cfg(not(feature = "okta"))]
#[path = "without.rs"]
pub mod app;
#[cfg(feature = "okta")]
#[path = "with_okta.rs"]
pub mod app;
pub mod notes;

use leptos::prelude::*;
use leptos_meta::MetaTags;

use app::App;

/// The document around the app.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let okta_style =
        cfg!(feature = "okta").then(|| view! { <link rel="stylesheet" href="/okta.css"/> });
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                {okta_style}
                <HydrationScripts options/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// Where the app starts in the browser.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(App);
}
