use leptos::prelude::*;
use leptos_meta::Title;
use leptos_okta::OktaSettings;

/// The plugin's console, on a route of this app.
#[component]
pub(crate) fn Settings() -> impl IntoView {
    view! {
        <Title text="Settings"/>
        <OktaSettings/>
    }
}
