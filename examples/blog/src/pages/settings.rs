use leptos::{form::ActionForm, prelude::*};
use serde::{Deserialize, Serialize};

/// A reader's own settings. The guard of the blog's own is in `server/readers.rs`.
#[component]
pub(crate) fn Settings() -> impl IntoView {
    let rename = ServerAction::<Rename>::new();
    let account = Resource::new(move || rename.version().get(), |_| my_account());
    let form = move || {
        Suspend::new(async move {
            account.await.ok().map(|Account { name, since }| {
                view! {
                    <p>"You read this blog since " {since} "."</p>
                    <ActionForm action=rename attr:class="sheet">
                        <label>"Display name" <input name="name" value=name required/></label>
                        <button type="submit">"Save"</button>
                    </ActionForm>
                    <form method="post" action="/logout">
                        <button type="submit">"Leave the blog"</button>
                    </form>
                }
            })
        })
    };
    view! {
        <h1>"Your settings"</h1>
        <Suspense>{form}</Suspense>
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Account {
    name: String,
    since: String,
}

#[server(endpoint = "my_account")]
async fn my_account() -> Result<Account, ServerFnError> {
    let reader = crate::server::reader().await?;
    Ok(Account {
        since: crate::server::day(reader.created_at),
        name: reader.name,
    })
}

#[server(endpoint = "rename")]
async fn rename(name: String) -> Result<(), ServerFnError> {
    let reader = crate::server::reader().await?;
    crate::server::database()?.rename(reader.id, &name).await?;
    Ok(())
}
