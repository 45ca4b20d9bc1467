use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde::{Deserialize, Serialize};

use super::{Broken, NotFound};

#[component]
pub(crate) fn PostPage() -> impl IntoView {
    let params = use_params_map();
    let id = move || params.with(|params| params.get("id")?.parse().ok());
    let post = Resource::new(id, async |id: Option<i64>| match id {
        Some(id) => find_post(id).await,
        None => Ok(None),
    });
    let article = move || {
        Suspend::new(async move {
            match post.await {
                Ok(Some(Post {
                    title,
                    byline,
                    body,
                })) => view! {
                    <article>
                        <h1>{title}</h1>
                        <p class="byline">{byline}</p>
                        <p>{body}</p>
                    </article>
                }
                .into_any(),
                Ok(None) => view! { <NotFound/> }.into_any(),
                Err(_) => view! { <Broken/> }.into_any(),
            }
        })
    };
    view! { <Suspense>{article}</Suspense> }
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Post {
    title: String,
    byline: String,
    body: String,
}

#[server(endpoint = "find_post")]
async fn find_post(id: i64) -> Result<Option<Post>, ServerFnError> {
    let post = crate::server::database()?.post(id).await?;
    Ok(post.map(|post| Post {
        byline: post.byline(),
        title: post.title,
        body: post.body,
    }))
}
