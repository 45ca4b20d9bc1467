//! The page that says why a sign-in did not work, and what to do.

use std::net::IpAddr;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use maud::Markup;
use okta_types::{AuditEvent, StepUp};

use super::SignInError;
use crate::{
    audit,
    branding::Branding,
    causes::with_causes,
    connection::CONNECTION,
    hook::AskError,
    http::{
        page::{Link, Page},
        reference::Reference,
        retry_later,
        return_to::ReturnTo,
    },
    identity::admission::NotAdmitted,
    okta::Okta,
    services::Services,
    settings::SettingsError,
    store::StoreError,
    telemetry,
};

pub(super) struct Failure {
    error: SignInError,
    try_again: String,
    connection: Option<String>,
    branding: Branding,
    reference: Reference,
    is_recorded: bool,
}

impl Failure {
    pub(super) fn new(
        okta: &Okta,
        reference: Reference,
        error: SignInError,
        return_to: Option<&ReturnTo>,
    ) -> Self {
        Self {
            error,
            try_again: okta.sign_in_path(return_to.map_or("/", ReturnTo::as_str)),
            connection: None,
            branding: Branding::default(),
            reference,
            is_recorded: false,
        }
    }

    /// The way to try again asks for the same, and has Okta ask whatever it knows.
    pub(super) fn asked_for(
        mut self,
        okta: &Okta,
        asked: &StepUp,
        return_to: Option<&ReturnTo>,
    ) -> Self {
        if !asked.is_empty() {
            let path = okta.step_up_path(asked, return_to.map_or("/", ReturnTo::as_str));
            self.try_again = format!("{path}&prompt=login");
        }
        self
    }

    /// Whoever may not come in has to be asked who they are: Okta would sign them in again.
    fn try_again(&self) -> String {
        match self.error {
            SignInError::NotAdmitted { .. } if !self.try_again.contains("&prompt=login") => {
                format!("{}&prompt=login", self.try_again)
            }
            _ => self.try_again.clone(),
        }
    }

    /// The way to try again leads to the same connection.
    pub(super) fn through(mut self, connection: Option<&str>) -> Self {
        self.connection = connection.map(str::to_owned);
        if let Some(name) = connection.filter(|name| *name != CONNECTION) {
            self.try_again.push_str("&connection=");
            self.try_again.push_str(name);
        }
        self
    }

    /// Puts the refusal, with its reason, into the audit trail, and shows the page as that of the
    /// organization. Not where the database didn't answer: the person would wait for it again.
    pub(super) async fn recorded(mut self, services: &Services, address: Option<IpAddr>) -> Self {
        match &self.error {
            SignInError::Store(_) => return self,
            // There is nothing yet that could have failed.
            SignInError::NotConnected => {}
            _ => self.record(services, address).await,
        }
        let whose = self.connection.as_deref().unwrap_or(CONNECTION);
        self.branding = services.branding_of(whose).await;
        self
    }

    async fn record(&mut self, services: &Services, address: Option<IpAddr>) {
        let reason = with_causes(&self.error);
        let detail = format!("reference {}: {reason}", self.reference);
        let (event, person) = (AuditEvent::SignInRefused, self.error.person());
        let mut refused = audit::entry(event, person, address, detail);
        refused.connection.clone_from(&self.connection);
        services.audit.record(refused).await;
        self.is_recorded = true;
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        telemetry::refused((&self.error).into());
        let reference = self.reference.as_str();
        // What is recorded is in the log already.
        if !self.is_recorded {
            tracing::warn!(
                reference,
                error = with_causes(&self.error),
                "sign-in refused"
            );
        }

        let (status, title, explanation) = words(&self.error);
        let try_again = self.try_again();
        let again: &[Link<'_>] = match self.error {
            SignInError::Closed | SignInError::Circular(_) => &[Link::HOME],
            _ => &[Link::to(&try_again, "Try again"), Link::HOME],
        };
        let response = Page {
            status,
            title,
            explanation: &explanation,
            links: again,
            reference: Some(reference),
        }
        .branded(&self.branding, &Markup::default());
        match status {
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                retry_later(response)
            }
            _ => response,
        }
    }
}

/// What the page tells the person. Details that only an admin can use stay in the audit trail and
/// the log, under the reference. The exception is groups: why they couldn't be loaded is what an
/// admin asks first.
fn words(error: &SignInError) -> (StatusCode, &'static str, String) {
    const NOT_COMPLETED: &str = "Sign-in was not completed";
    match error {
        SignInError::NotConnected => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Sign-in is not set up yet",
            "No Okta app is connected yet. An admin can connect one on the settings page; the first admin opens the \
             setup link that the server printed when it started."
                .to_owned(),
        ),
        SignInError::Closed => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Sign-in is unavailable",
            "Sign-in is unavailable because this app couldn't start it. The server's log has the reason."
                .to_owned(),
        ),
        SignInError::TooMany => (
            StatusCode::TOO_MANY_REQUESTS,
            "Too many sign-ins",
            "Too many sign-ins came from your network in the last minute. Wait a minute, then try again.".to_owned(),
        ),
        SignInError::UnknownState => (
            StatusCode::BAD_REQUEST,
            NOT_COMPLETED,
            "This sign-in has expired, was already used, or was started in another browser. Start again from here."
                .to_owned(),
        ),
        SignInError::MalformedCallback(_)
        | SignInError::MalformedLogin(_)
        | SignInError::RepeatedParameter(_) => (
            StatusCode::BAD_REQUEST,
            NOT_COMPLETED,
            "This sign-in link or response is malformed. Start again from here.".to_owned(),
        ),
        SignInError::UnknownOrganization(_) => (
            StatusCode::NOT_FOUND,
            "This sign-in link doesn't work",
            "The address that you opened names an organization that can't sign in here. Check it, or ask your admin \
             for the right one."
                .to_owned(),
        ),
        SignInError::MixedUp { .. } => (
            StatusCode::BAD_REQUEST,
            NOT_COMPLETED,
            "The answer to this sign-in came from a different organization than the one you chose. Start again from here."
                .to_owned(),
        ),
        SignInError::TooManyGroups => (
            StatusCode::FORBIDDEN,
            "You are in too many groups",
            "Okta's groups claim holds at most 100 groups, and you are in more. Tell your admin to load groups from \
             Okta's API with an API token, on this app's settings page, or to narrow the filter of the groups claim in \
             Okta."
                .to_owned(),
        ),
        SignInError::NotConfirmed { asked, said } => (
            StatusCode::FORBIDDEN,
            "Your sign-in is not enough for this page",
            format!(
                "This page needs {asked}. Okta says: {said}. Try again, and follow the steps that Okta shows. If \
                 it keeps happening, tell your admin: Okta's sign-on policy for this app may not require what this \
                 page needs, or a clock may be wrong. You're still signed in as before."
            ),
        ),
        SignInError::SomebodyElse => (
            StatusCode::FORBIDDEN,
            "Somebody else signed in",
            "This app asked you to confirm that it's you, and somebody else signed in at Okta. Try again with the \
             account that you're signed in with here. To change to another account, sign out first."
                .to_owned(),
        ),
        SignInError::Circular(asked) => (
            StatusCode::FORBIDDEN,
            "Your sign-in can't be confirmed",
            format!(
                "This page needs {asked}. You have just confirmed that it's you, but this page asks again. Give your \
                 admin the reference below: the page may have requirements that contradict one another."
            ),
        ),
        SignInError::Refused { code, description } => refused(code, description.as_deref()),
        error if error.is_unreachable() => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Okta can't be reached",
            "Okta didn't respond. Try again in a moment. If it keeps happening, tell your admin.".to_owned(),
        ),
        SignInError::Discovery(_) | SignInError::CodeFlow(_) => (
            StatusCode::BAD_GATEWAY,
            NOT_COMPLETED,
            "This app couldn't verify Okta's response. Try again. If it keeps happening, tell your admin the reference \
             below."
                .to_owned(),
        ),
        SignInError::Disconnected => (
            StatusCode::SERVICE_UNAVAILABLE,
            "You were signed out",
            "An admin disconnected this app from Okta, which signed everybody out. You can sign in again once an admin \
             reconnects it."
                .to_owned(),
        ),
        SignInError::Groups(error) => (
            StatusCode::FORBIDDEN,
            "We couldn’t load your groups",
            format!(
                "Okta signed you in, but this app needs your groups. Tell your admin: {}.",
                with_causes(error)
            ),
        ),
        SignInError::NotAdmitted { reason, .. } => {
            (StatusCode::FORBIDDEN, "You can't sign in to this app", not_admitted(reason))
        }
        SignInError::Host {
            reason: AskError::Refused { words, .. },
            ..
        } => (StatusCode::FORBIDDEN, "You can't sign in to this app", words.clone()),
        SignInError::Host { .. } => (
            StatusCode::INTERNAL_SERVER_ERROR,
            NOT_COMPLETED,
            "Okta signed you in, but this app could not finish the sign-in. Try again. If it keeps happening, give your \
             admin the reference below."
                .to_owned(),
        ),
        SignInError::Test(SettingsError::Refused(refusal)) => {
            (StatusCode::FORBIDDEN, "The test was not finished", refusal.to_string())
        }
        SignInError::Test(SettingsError::Store(StoreError::Busy))
        | SignInError::Store(StoreError::Busy) => (
            StatusCode::SERVICE_UNAVAILABLE,
            NOT_COMPLETED,
            "This app is busy and couldn't save your sign-in. Try again in a moment. If it keeps happening, tell your \
             admin the reference below."
                .to_owned(),
        ),
        SignInError::Test(_) | SignInError::Store(_) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            NOT_COMPLETED,
            "This app couldn't save your sign-in. Tell your admin the reference below.".to_owned(),
        ),
    }
}

/// Which groups and domains may sign in is for admins to know.
fn not_admitted(reason: &NotAdmitted) -> String {
    match reason {
        NotAdmitted::Deactivated | NotAdmitted::Deleted | NotAdmitted::NotProvisioned => {
            "Okta signed you in, but you don't have access to this app, or no longer have it. Ask your admin to assign \
             it to you in Okta."
                .to_owned()
        }
        NotAdmitted::InNoGroup(_) => {
            "Okta signed you in, but only members of certain groups may use this app, and you're in none of them. Ask \
             your admin to add you to one in Okta, then try again."
                .to_owned()
        }
        NotAdmitted::NoEmail(_) => {
            "Okta signed you in, but sent no email address, and this app needs to know it. Ask your admin to add your \
             address in Okta, then try again."
                .to_owned()
        }
        NotAdmitted::NotVerified { email } => format!(
            "Okta signed you in, but doesn't say that your email address {email} is verified. Confirm it in Okta, or \
             ask your admin, then try again."
        ),
        NotAdmitted::OtherDomain { email, .. } => format!(
            "Okta signed you in as {email}, and addresses of this domain may not use this app. If you have another \
             account, try again with that one. Otherwise ask your admin."
        ),
    }
}

/// The error codes of RFC 6749 §4.1.2.1 and OpenID Connect Core §3.1.2.6.
fn refused(code: &str, description: Option<&str>) -> (StatusCode, &'static str, String) {
    let description = description
        .map(|text| format!(" Okta says: “{text}”"))
        .unwrap_or_default();
    match code {
        "access_denied" => (
            StatusCode::FORBIDDEN,
            "Okta refused the sign-in",
            format!(
                "You may not be assigned to this app in Okta, or you canceled the sign-in.{description}"
            ),
        ),
        // OpenID Connect Core Unmet Authentication Requirements 1.0.
        "unmet_authentication_requirements" => (
            StatusCode::FORBIDDEN,
            "Okta can't confirm that it's you",
            format!(
                "This page needs a stronger sign-in than Okta can give you. Tell your admin.{description}"
            ),
        ),
        "temporarily_unavailable" | "server_error" => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Okta can't sign you in right now",
            format!("Try again in a moment.{description}"),
        ),
        "login_required"
        | "interaction_required"
        | "consent_required"
        | "account_selection_required" => (
            StatusCode::FORBIDDEN,
            "Okta needs you to sign in there first",
            format!("Try again, and follow the steps that Okta shows.{description}"),
        ),
        _ => (
            StatusCode::BAD_GATEWAY,
            "Sign-in was not completed",
            format!("Okta responded with the error “{code}”. Tell your admin.{description}"),
        ),
    }
}
