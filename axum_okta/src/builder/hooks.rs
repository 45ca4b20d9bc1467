//! The app's own code that the plugin calls.

use std::{error::Error, future::Future};

use http::request;
use okta_types::Identity;

use super::OktaBuilder;
use crate::{
    connection::ConnectionChanged,
    session::SessionEnded,
    sign_in::{
        hook::{Hook, Refusal},
        selection::OrganizationRule,
    },
    told::Told,
};

impl OktaBuilder {
    /// Sets a function that is called with everyone Okta has signed in, before their session
    /// starts: to keep a users table of your own, and to refuse people whom your app doesn't let
    /// in. The identity is verified and has its roles.
    ///
    /// On `Err` there is no session, but an entry in the audit trail, and a page: status 403 with
    /// your words after [`Refusal::new`], or status 500 after any other error, after a panic, and
    /// after 10 seconds. The plugin holds no lock meanwhile. The sign-in can still fail afterwards,
    /// so make its writes idempotent, as in the example `users`. A test sign-in doesn't call it.
    /// Default: none.
    ///
    /// ```
    /// use axum_okta::{Okta, error::Refusal};
    ///
    /// let okta = Okta::builder().on_signed_in(async |identity| {
    ///     if identity.email_verified {
    ///         Ok(())
    ///     } else {
    ///         Err(Refusal::new("Confirm your email address in Okta, then sign in again."))
    ///     }
    /// });
    /// ```
    pub fn on_signed_in<F, R>(mut self, hook: F) -> Self
    where
        F: Fn(Identity) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), Refusal>> + Send + 'static,
    {
        self.on_signed_in = Some(Hook::new(hook));
        self
    }

    /// Sets a function that is called after a session has ended: to close what belongs to it, to
    /// write to a log of your own, to tell the person. It says whose session it was and why it
    /// ended.
    ///
    /// It is called once, by the server that ended the session, after the end is stored. Nobody
    /// waits for it. Sessions that end together are told one after the other. An error, a panic, or
    /// a call of more than 10 seconds is logged, and the session has ended all the same. If the
    /// server is killed in between, it isn't called: to know of every end, read the audit trail.
    /// For sessions of a connection that was replaced or removed it is called when they are
    /// deleted, after the end of their lifetime. Default: none.
    ///
    /// ```
    /// use axum_okta::{Okta, sessions::EndCause};
    ///
    /// let okta = Okta::builder().on_session_ended(async |ended| {
    ///     if ended.cause == EndCause::UniversalLogout {
    ///         println!("Okta signed {} out. Their uploads stop.", ended.name);
    ///     }
    ///     Ok(())
    /// });
    /// ```
    pub fn on_session_ended<F, R>(mut self, hook: F) -> Self
    where
        F: Fn(SessionEnded) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        self.on_session_ended = Some(Told::new("on_session_ended", hook));
        self
    }

    /// Sets a function that is called after a connection was created, changed, or deleted: to keep
    /// what your app knows of an organization up to date, to tell somebody, to write to a log of
    /// your own.
    ///
    /// It is called once, by the server that made the change, after it is stored. Nobody waits for
    /// it, and it is told of one change after the other. An error, a panic, or a call of more than
    /// 10 seconds is logged, and the change counts all the same. If the server is killed in between,
    /// it isn't called: to know of every change, read the audit trail. Default: none.
    ///
    /// ```
    /// use axum_okta::{Okta, connection::ConnectionChangeKind};
    ///
    /// let okta = Okta::builder().on_connection_changed(async |changed| {
    ///     if changed.kind == ConnectionChangeKind::Created {
    ///         println!("{} has connected its Okta.", changed.connection.organization);
    ///     }
    ///     Ok(())
    /// });
    /// ```
    pub fn on_connection_changed<F, R>(mut self, hook: F) -> Self
    where
        F: Fn(ConnectionChanged) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        self.on_connection_changed = Some(Told::new("on_connection_changed", hook));
        self
    }

    /// Sets how a request's address names an organization, for an app with a sub-domain or a path
    /// for each of its customers. Whoever has to sign in there is sent to that organization's Okta.
    /// Return the organization's key, or `None` if the address names none. What guards and links
    /// ask for ([`RequireAuth::organization`](crate::guard::RequireAuth::organization)) comes
    /// first.
    ///
    /// It chooses where people sign in, and guards nothing: the guard has to require the
    /// organization. A key that no connection has leads to an error page. Default: none.
    ///
    /// ```
    /// use axum_okta::Okta;
    ///
    /// let okta = Okta::builder().organization_of(|parts| {
    ///     let host = parts.headers.get("host")?.to_str().ok()?;
    ///     let (customer, domain) = host.split_once('.')?;
    ///     (domain == "app.example.com").then(|| customer.to_owned())
    /// });
    /// ```
    pub fn organization_of<F>(mut self, rule: F) -> Self
    where
        F: Fn(&request::Parts) -> Option<String> + Send + Sync + 'static,
    {
        self.organization_of = Some(OrganizationRule::new(rule));
        self
    }
}
