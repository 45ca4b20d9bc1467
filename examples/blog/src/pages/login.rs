use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The blog's own sign-in, for its readers. The form is answered in `server/login.rs`.
#[component]
pub(crate) fn Login() -> impl IntoView {
    let query = use_query_map();
    let refused = move || query.with(|query| query.get("refused").is_some());
    view! {
        <h1>"Sign in to the blog"</h1>
        <Show when=refused>
            <p role="alert">"Name and password do not match."</p>
        </Show>
        <form method="post" action="/login" class="sheet">
            <label>"Name" <input name="login" autocomplete="username" required/></label>
            <label>
                "Password"
                <input name="password" type="password" autocomplete="current-password" required/>
            </label>
            <button type="submit">"Sign in"</button>
        </form>
    }
}
