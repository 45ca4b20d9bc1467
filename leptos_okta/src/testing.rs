//! **For tests only:** runs server functions as a made-up identity.
//!
//! Requires the `testing` feature, which is off by default, and `ssr`. Enable it in
//! `[dev-dependencies]` only. Like [`axum_okta::testing`], it panics in a release build and changes
//! nothing inside `okta.layer()`.
//!
//! There are examples in the [guide](crate::guide::testing).

use std::future::Future;

use axum::http::{Request, request::Parts};
use axum_okta::testing::TestLayer;
use leptos::{prelude::*, reactive::computed::ScopedFuture};
use okta_types::Identity;

pub use axum_okta::testing::identity;

/// Runs a server function, or any other future that asks who is signed in, as if this person had
/// called it. **For tests only.**
///
/// ```
/// use leptos::prelude::*;
/// use leptos_okta::testing::{identity, signed_in_as};
///
/// #[server]
/// async fn drafts() -> Result<String, ServerFnError> {
///     let identity = leptos_okta::require_auth().role("editor").await?;
///     Ok(format!("Drafts of {}", identity.display_name()))
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let ada = identity("ada").with_role("editor");
/// assert_eq!(signed_in_as(ada, drafts()).await.unwrap(), "Drafts of ada");
/// # }
/// ```
///
/// Inside a request or another `signed_in_as`, the outer identity stays.
///
/// # Panics
///
/// In a build without debug assertions, as [`axum_okta::testing::signed_in_as`] does.
pub async fn signed_in_as<F: Future>(identity: Identity, call: F) -> F::Output {
    run(&axum_okta::testing::signed_in_as(identity), call).await
}

/// Runs a server function, or any other future that asks who is signed in, as if nobody were signed
/// in. **For tests only.**
///
/// # Panics
///
/// Like [`signed_in_as`].
pub async fn signed_out<F: Future>(call: F) -> F::Output {
    run(&axum_okta::testing::signed_out(), call).await
}

/// With the context that `leptos_axum` provides for a request.
async fn run<F: Future>(layer: &TestLayer, call: F) -> F::Output {
    let request = use_context::<Parts>();
    let mut parts = request.unwrap_or_else(|| Request::new(()).into_parts().0);
    layer.insert_into(&mut parts.extensions);
    let call = Owner::new().with(|| {
        provide_context(parts);
        provide_context(leptos_axum::ResponseOptions::default());
        ScopedFuture::new_untracked(call)
    });
    call.await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use axum_okta::guard::CurrentIdentity;

    use super::*;
    use crate::require_auth;

    #[tokio::test]
    async fn in_a_request_it_signs_nobody_in() {
        let ada = || signed_in_as(identity("ada"), async { require_auth().await });
        assert_eq!(ada().await.unwrap().subject, "ada");

        let (mut parts, ()) = Request::new(()).into_parts();
        parts.extensions.insert(CurrentIdentity::new(None));
        let in_request = Owner::new().with(|| {
            provide_context(parts);
            ScopedFuture::new_untracked(async move { ada().await })
        });
        in_request.await.unwrap_err();
    }
}
