use leptos::{form::ActionForm, prelude::*};

/// Where posts are written.
#[component]
pub(crate) fn Write() -> impl IntoView {
    let publish = ServerAction::<Publish>::new();
    let refused = move || matches!(publish.value().get(), Some(Err(_)));
    view! {
        <h1>"Write a post"</h1>
        <Show when=refused>
            <p role="alert">"The post was not published."</p>
        </Show>
        <ActionForm action=publish attr:class="sheet">
            <label>"Title" <input name="title" required/></label>
            <label>"Text" <textarea name="body" rows="8" required></textarea></label>
            <button type="submit">"Publish"</button>
        </ActionForm>
    }
}

#[server(endpoint = "publish")]
async fn publish(title: String, body: String) -> Result<(), ServerFnError> {
    let author = crate::server::reader().await?;
    let id = crate::server::database()?
        .publish(author.id, &title, &body)
        .await?;
    leptos_axum::redirect(&format!("/posts/{id}"));
    Ok(())
}
