//! The server's half of the settings page.

use leptos::{prelude::*, reactive::computed::ArcAsyncDerived};

use super::{Address, server_functions::settings_page};

/// The page at this address. The response waits for it, because it may set the status.
pub(super) fn page(address: Address) -> impl IntoView {
    let page = ArcAsyncDerived::new(move || {
        let Address {
            path,
            search,
            section,
        } = address.clone();
        settings_page(path, search, section)
    });
    if let Some(context) = Owner::current_shared_context() {
        context.defer_stream(Box::pin(page.ready()));
    }
    Suspend::new(async move {
        let html = page.await.unwrap_or_default();
        view! { <div inner_html=html></div> }
    })
}
