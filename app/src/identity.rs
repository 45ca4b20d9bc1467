use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_okta::{Identity, MySessions, RequireAuth};

/// What this app knows about the person who is signed in.
#[component]
pub(crate) fn IdentityPage() -> impl IntoView {
    view! {
        <Title text="Identity"/>
        <RequireAuth>
            <h1>"Your identity"</h1>
            <WholeIdentity/>
            <h2>"Where you’re signed in"</h2>
            <MySessions/>
        </RequireAuth>
    }
}

/// Asks the server, because pages don't contain groups and claims. A component of its own, so that
/// nothing is loaded for people who are redirected.
#[component]
fn WholeIdentity() -> impl IntoView {
    let identity = Resource::new(|| (), |()| whole_identity());
    view! {
        <Suspense fallback=|| {
            view! { <p>"Asking the server…"</p> }
        }>
            {move || Suspend::new(async move {
                identity.await.map_or_else(
                    |error| Either::Left(error.to_string()),
                    |identity| Either::Right(view! { <Facts identity/> }),
                )
            })}
        </Suspense>
    }
}

#[server]
async fn whole_identity() -> Result<Identity, ServerFnError> {
    Ok(leptos_okta::require_auth().await?)
}

#[component]
fn Facts(identity: Identity) -> impl IntoView {
    let identity = identity.into_profile();
    let email = identity.email.map(|email| {
        let verified = if identity.email_verified {
            "verified"
        } else {
            "not verified"
        };
        format!("{email} ({verified})")
    });
    let authenticated = identity.auth_time.map(|at| match identity.amr.as_slice() {
        [] => at.to_string(),
        amr => format!("{at}, with {}", amr.join(", ")),
    });
    let groups = match identity.groups {
        Some(groups) if groups.is_empty() => "none".to_owned(),
        Some(groups) => groups.join(", "),
        None => "Okta sent none".to_owned(),
    };
    let roles = if identity.roles.is_empty() {
        "none".to_owned()
    } else {
        identity.roles.join(", ")
    };
    let extra_claims = identity
        .claims
        .into_iter()
        .map(|(name, value)| view! { <Fact term=name value=Some(value.to_string())/> })
        .collect_view();
    let picture = identity.picture.map(|address| {
        view! { <img class="picture" src=address alt="" width="96" height="96"/> }
    });
    view! {
        {picture}
        <dl class="identity">
            <Fact term="Name" value=identity.name/>
            <Fact term="Email" value=email/>
            <Fact term="Groups" value=Some(groups)/>
            <Fact term="Roles" value=Some(roles)/>
            {extra_claims}
            <Fact term="Locale" value=identity.locale/>
            <Fact term="Issuer" value=Some(identity.issuer)/>
            <Fact term="Subject" value=Some(identity.subject)/>
            <Fact term="Connection" value=Some(identity.connection)/>
            <Fact term="Signed in at Okta" value=authenticated/>
            <Fact term="Signed in" value=Some(identity.signed_in_at.to_string())/>
            <Fact term="Session ends" value=Some(identity.expires_at.to_string())/>
        </dl>
        <p>
            "The same as JSON: " <a rel="external" href="/api/identity">"/api/identity"</a>
        </p>
    }
}

#[component]
fn Fact(#[prop(into)] term: String, value: Option<String>) -> impl IntoView {
    view! {
        <dt>{term}</dt>
        <dd>{value.unwrap_or_else(|| "not given".to_owned())}</dd>
    }
}
