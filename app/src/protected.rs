use leptos::{ev::SubmitEvent, html::Input, prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_okta::{RequireAuth, SignInAgain, use_identity};

/// A page for people who are signed in.
#[component]
pub(crate) fn Protected() -> impl IntoView {
    view! {
        <Title text="Protected"/>
        <RequireAuth>
            <Welcome/>
        </RequireAuth>
    }
}

/// A component of its own, so that nothing is loaded for people who are redirected.
#[component]
fn Welcome() -> impl IntoView {
    let identity = use_identity();
    let name = move || {
        identity
            .get()
            .map(|identity| identity.display_name().to_owned())
    };
    let keep_note = ServerAction::<KeepNote>::new();
    let greeting = Resource::new(move || keep_note.version().get(), |_| greeting());
    let told = move || {
        greeting
            .get()
            .map(|told| told.unwrap_or_else(|error| error.to_string()))
    };
    let typed = NodeRef::<Input>::new();
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        let note = typed.get().map(|typed| typed.value()).unwrap_or_default();
        keep_note.dispatch(KeepNote { note });
    };
    view! {
        <h1>"Protected page"</h1>
        <p>"Only people who are signed in see this. Welcome, " {name} "."</p>
        <Suspense fallback=|| {
            view! { <p>"Asking the server…"</p> }
        }>
            <p>{told}</p>
        </Suspense>
        // What `<ActionForm>` does, for 16 KiB of wasm less.
        <form class="note" method="post" action=KeepNote::url() on:submit=on_submit>
            <label>"Note " <input name="note" autocomplete="off" node_ref=typed/></label>
            <button type="submit" class="okta-button">"Keep"</button>
        </form>
        <SignInAgain action=keep_note/>
    }
}

/// A server function for people who are signed in.
#[server(endpoint = "greeting")]
async fn greeting() -> Result<String, ServerFnError> {
    let identity = leptos_okta::require_auth().await?;
    let note = notes::of(&identity).unwrap_or_else(|| "none yet".to_owned());
    Ok(format!(
        "From the server function: your session ends at {}. Your note: {note}.",
        identity.expires_at
    ))
}

/// People whose session ended while they typed can sign in again, and lose nothing.
#[server(endpoint = "keep_note")]
async fn keep_note(note: String) -> Result<(), ServerFnError> {
    let identity = leptos_okta::require_auth().await?;
    notes::keep(&identity, note);
    Ok(())
}

/// Stands for a table of the app's own.
#[cfg(feature = "ssr")]
mod notes {
    use std::{
        collections::HashMap,
        sync::{LazyLock, Mutex, MutexGuard, PoisonError},
    };

    use leptos_okta::Identity;

    /// People are known by issuer and subject, never by an address.
    type Notes = HashMap<(String, String), String>;

    static NOTES: LazyLock<Mutex<Notes>> = LazyLock::new(Mutex::default);

    pub(super) fn of(identity: &Identity) -> Option<String> {
        notes().get(&person(identity)).cloned()
    }

    pub(super) fn keep(identity: &Identity, note: String) {
        notes().insert(person(identity), note);
    }

    fn person(identity: &Identity) -> (String, String) {
        (identity.issuer.clone(), identity.subject.clone())
    }

    fn notes() -> MutexGuard<'static, Notes> {
        NOTES.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
