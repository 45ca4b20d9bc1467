use leptos::prelude::*;

#[component]
pub(crate) fn NotFound() -> impl IntoView {
    set_status(404);
    view! {
        <h1>"There is no such page"</h1>
        <p><a href="/">"Read the newest posts"</a> " instead."</p>
    }
}

/// What a page shows instead when the server could not give what it needs.
#[component]
pub(crate) fn Broken() -> impl IntoView {
    set_status(500);
    view! {
        <h1>"Something broke on our side"</h1>
        <p>"Please try again in a minute."</p>
    }
}

/// The status of the page, where the server makes it.
fn set_status(status: u16) {
    #[cfg(feature = "ssr")]
    if let (Some(response), Ok(status)) = (
        use_context::<leptos_axum::ResponseOptions>(),
        axum::http::StatusCode::from_u16(status),
    ) {
        response.set_status(status);
    }
    #[cfg(not(feature = "ssr"))]
    let _ = status;
}
