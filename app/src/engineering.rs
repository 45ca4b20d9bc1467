use leptos::prelude::*;
use leptos_meta::Title;
use leptos_okta::RequireAuth;

/// A page for the members of one of Okta's groups, whatever roles they have.
#[component]
pub(crate) fn Engineering() -> impl IntoView {
    view! {
        <Title text="Engineering"/>
        <RequireAuth group="Engineering">
            <h1>"Engineering"</h1>
            <p>"Only members of the Okta group “Engineering” see this."</p>
        </RequireAuth>
    }
}
