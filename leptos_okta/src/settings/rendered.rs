//! The server's half of an element whose content is HTML of ours.

use leptos::{prelude::*, reactive::computed::ArcAsyncDerived};

use super::refused::Refused;

/// The content. The response waits for it, because it may set the status.
pub(crate) fn content<F>(load: impl Fn() -> F + Send + Sync + 'static) -> impl IntoView
where
    F: Future<Output = Result<String, Refused>> + Send + 'static,
{
    let page = ArcAsyncDerived::new(load);
    if let Some(context) = Owner::current_shared_context() {
        context.defer_stream(Box::pin(page.ready()));
    }
    Suspend::new(async move {
        let html = page.await.unwrap_or_default();
        view! { <div inner_html=html></div> }
    })
}
