use std::time::Duration;

use leptos::{ev::SubmitEvent, html::Input, prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_okta::{RequireAuth, SignInAgain};

/// How long ago somebody may have signed in at Okta to see payments, and to pay.
const RECENT: Duration = Duration::from_secs(5 * 60);

/// A page for people who have just signed in at Okta, or confirm that it's them.
#[component]
pub(crate) fn Payments() -> impl IntoView {
    view! {
        <Title text="Payments"/>
        <RequireAuth max_age=RECENT>
            <NewPayment/>
        </RequireAuth>
    }
}

#[component]
fn NewPayment() -> impl IntoView {
    let pay = ServerAction::<Pay>::new();
    let typed = NodeRef::<Input>::new();
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        let payee = typed.get().map(|typed| typed.value()).unwrap_or_default();
        pay.dispatch(Pay { payee });
    };
    let told = move || pay.value().get().and_then(Result::ok);
    view! {
        <h1>"Payments"</h1>
        <form class="note" method="post" action=Pay::url() on:submit=on_submit>
            <label>"Payee " <input name="payee" autocomplete="off" node_ref=typed/></label>
            <button type="submit" class="okta-button">"Pay"</button>
        </form>
        <p role="status">{told}</p>
        <SignInAgain action=pay/>
    }
}

/// A server function that asks for the same as the page.
#[server(endpoint = "pay")]
async fn pay(payee: String) -> Result<String, ServerFnError> {
    leptos_okta::require_auth().max_age(RECENT).await?;
    Ok(format!("Paid to {payee}."))
}
