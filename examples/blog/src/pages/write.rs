use leptos::{form::ActionForm, prelude::*};
use leptos_okta::{RequireAuth, SignInAgain};

/// Where posts are written, by people who have signed in with Okta.
#[component]
pub(crate) fn Write() -> impl IntoView {
    view! {
        <RequireAuth>
            <Editor/>
        </RequireAuth>
    }
}

/// A component of its own: nothing is loaded for people who can't see it.
#[component]
fn Editor() -> impl IntoView {
    let author = Resource::new(|| (), |()| my_author());
    let byline = move || {
        Suspend::new(async move { author.await.ok().map(|author| view! { <p>{author}</p> }) })
    };
    let publish = ServerAction::<Publish>::new();
    let refusal = move || {
        let refused = publish.value().get()?.err()?;
        Some(view! { <p role="alert">"The post was not published. " {refused.to_string()}</p> })
    };
    view! {
        <h1>"Write a post"</h1>
        <Suspense>{byline}</Suspense>
        {refusal}
        <ActionForm action=publish attr:class="sheet">
            <label>"Title" <input name="title" required/></label>
            <label>"Text" <textarea name="body" rows="8" required></textarea></label>
            <button type="submit">"Publish"</button>
        </ActionForm>
        <SignInAgain action=publish/>
    }
}

#[server(endpoint = "my_author")]
async fn my_author() -> Result<String, ServerFnError> {
    let author = crate::server::author().await?;
    let since = crate::server::day(author.created_at);
    Ok(format!(
        "You write as {}, author number {} since {since}.",
        author.name, author.id
    ))
}

/// Answers 401 where the session ended while the post was being written.
#[server(endpoint = "publish")]
async fn publish(title: String, body: String) -> Result<(), ServerFnError> {
    let author = crate::server::author().await?;
    let id = crate::server::database()?
        .publish(author.id, &title, &body)
        .await?;
    leptos_axum::redirect(&format!("/posts/{id}"));
    Ok(())
}
