use leptos::prelude::*;
use leptos_router::components::A;
use serde::{Deserialize, Serialize};

use super::Broken;

#[component]
pub(crate) fn Home() -> impl IntoView {
    let posts = Resource::new(|| (), |()| newest());
    let list = move || {
        Suspend::new(async move {
            let Ok(posts) = posts.await else {
                return view! { <Broken/> }.into_any();
            };
            let items = posts.into_iter().map(|Headline { id, title, byline }| {
                view! {
                    <li>
                        <A href=format!("/posts/{id}")>{title}</A>
                        <p class="byline">{byline}</p>
                    </li>
                }
            });
            view! {
                <h1>"Newest posts"</h1>
                <ul class="posts">{items.collect_view()}</ul>
            }
            .into_any()
        })
    };
    view! { <Suspense>{list}</Suspense> }
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Headline {
    pub(crate) id: i64,
    pub(crate) title: String,
    pub(crate) byline: String,
}

#[server(endpoint = "newest")]
async fn newest() -> Result<Vec<Headline>, ServerFnError> {
    let posts = crate::server::database()?.newest_posts().await?;
    let headlines = posts.into_iter().map(|post| Headline {
        id: post.id,
        byline: post.byline(),
        title: post.title,
    });
    Ok(headlines.collect())
}
