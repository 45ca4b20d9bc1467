//! The app's own code that the plugin calls.

use std::{error::Error, future::Future};

use http::request;
use okta_types::Identity;

use super::OktaBuilder;
use crate::{
    connection::ConnectionChanged,
    directory::PersonChange,
    hook::{Asked, Refusal, Told},
    session::SessionEnded,
    sign_in::selection::OrganizationRule,
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
        self.on_signed_in = Some(Asked::new("on_signed_in", hook));
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

    /// Sets a function that is called with everyone whom Okta creates by SCIM, before that is stored: to
    /// keep rows of your own, and to refuse people, for example because all seats are taken.
    ///
    /// It is called in the transaction that stores the person, which is committed after it has
    /// returned `Ok`. With the feature `transaction`, your statements can be part of it
    /// (`PersonChange::transaction`). On `Err` nothing is stored, and Okta is answered with status 403
    /// and your words after [`Refusal::new`], or with status 503 after any other error, after a panic,
    /// and after 3 seconds. What you write elsewhere counts even if the commit fails: Okta sends the
    /// same again, so make it idempotent. Somebody who is created as inactive can't be refused: they are stored
    /// without your part, unless the database is busy. The change is also in [`Okta::directory`](crate::Okta::directory),
    /// and only there if it comes from before you had this function.
    ///
    /// Be quick: with SQLite, nobody else can write meanwhile, not even you on another connection to the
    /// plugin's file. Don't change anything through the plugin. Default: none.
    ///
    /// ```
    /// use axum_okta::{Okta, error::Refusal};
    ///
    /// let okta = Okta::builder().on_person_created(async |created| {
    ///     match created.person().email() {
    ///         Some(_) => Ok(()),
    ///         None => Err(Refusal::new("This app needs an email address. Map one in Okta.")),
    ///     }
    /// });
    /// ```
    pub fn on_person_created<F, R>(mut self, hook: F) -> Self
    where
        F: Fn(PersonChange) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), Refusal>> + Send + 'static,
    {
        self.person_hooks.created = Some(Asked::new("on_person_created", hook));
        self
    }

    /// Sets the same for everyone whose attributes Okta changes by SCIM, or who is active again. A
    /// request that changes nothing doesn't call it, nor does a change of groups, which
    /// [`Okta::directory`](crate::Okta::directory) tells. If an active person gets another external ID, the
    /// former one's access ends, and it can't refuse that. Default: none.
    pub fn on_person_updated<F, R>(mut self, hook: F) -> Self
    where
        F: Fn(PersonChange) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), Refusal>> + Send + 'static,
    {
        self.person_hooks.updated = Some(Asked::new("on_person_updated", hook));
        self
    }

    /// Sets the same for everyone whom Okta deactivates or deletes by SCIM
    /// ([`PersonChange::kind`] says which).
    ///
    /// **It can't refuse**: whatever becomes of your function, the person is signed out and can't sign
    /// in. If it doesn't return `Ok`, its statements in the transaction are rolled back, the log has an
    /// error, and the change is stored without it; [`Okta::directory`](crate::Okta::directory) still
    /// tells it. It isn't called for the people of a connection that is deleted: see
    /// [`on_connection_changed`](Self::on_connection_changed). Default: none.
    pub fn on_person_deactivated<F, R>(mut self, hook: F) -> Self
    where
        F: Fn(PersonChange) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), Refusal>> + Send + 'static,
    {
        self.person_hooks.deactivated = Some(Asked::new("on_person_deactivated", hook));
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
