//! A sign-in that nobody sees (`prompt=none`, OpenID Connect Core §3.1.2.1), in the middle of a
//! session: whether Okta still knows the person, and what it says of them now.

use http::HeaderMap;
use okta_types::Identity;
use tower_sessions::{Session, session::Id};

use super::{
    SignInError,
    attempt::Purpose,
    start::{SignIn, ToOkta, to_okta},
    step_up::Confirmation,
};
use crate::{
    causes::with_causes,
    connection::{
        Connection,
        oidc::{CodeFlowError, SignedInAtIssuer},
    },
    http::return_to::ReturnTo,
    okta::Okta,
    refresh::Rechecked,
    services::Services,
};

/// What Okta says of somebody whom it would have to ask, or doesn't let in (OpenID Connect Core
/// §3.1.2.6, RFC 6749 §4.1.2.1). Other errors are not about the person.
const REFUSALS: [&str; 5] = [
    "login_required",
    "interaction_required",
    "consent_required",
    "account_selection_required",
    "access_denied",
];

/// The way to Okta, if it is time to ask about whoever is signed in, and if their sign-in `meets`
/// what else the page needs: otherwise Okta has to ask them anyway.
pub(super) async fn begin(
    okta: &Okta,
    session: Option<&Session>,
    headers: &HeaderMap,
    return_to: &ReturnTo,
    meets: impl Fn(&Identity) -> bool,
) -> Option<ToOkta> {
    let services = okta.services().ok()?;
    let id = session?.id()?;
    let begun = services.begin_recheck(id).await;
    let identity = begun.inspect_err(|error| log(error)).ok()??;
    let connection = services.connections.named(&identity.connection)?;
    let sign_in = SignIn {
        return_to,
        purpose: Purpose::Recheck,
        login_hint: None,
        confirmation: Some(&identity)
            .filter(|identity| meets(identity))
            .map(Confirmation::unseen)?,
    };
    let way = to_okta(okta, services, &connection, headers, sign_in).await;
    way.inspect_err(|error| log(error)).ok()
}

/// Whatever came back, the person goes on to their page, which asks them to sign in if their
/// session has ended.
pub(super) async fn finish(
    services: &Services,
    session: Option<Id>,
    connection: &Connection,
    asked: &Confirmation,
    arrived: Result<SignedInAtIssuer, SignInError>,
) -> Rechecked {
    let (Some(id), Some(subject)) = (session, asked.subject()) else {
        return Rechecked::GoesOn;
    };
    let said = match arrived {
        Ok(signed_in) => Ok(signed_in),
        Err(error) if is_about_the_person(&error) => Err(with_causes(&error)),
        Err(error) => {
            log(&error);
            return Rechecked::GoesOn;
        }
    };
    let finished = services.finish_recheck(id, subject, connection, said).await;
    finished.unwrap_or_else(|error| {
        log(&error);
        Rechecked::GoesOn
    })
}

fn is_about_the_person(error: &SignInError) -> bool {
    match error {
        SignInError::Refused { code, .. } => REFUSALS.contains(&code.as_str()),
        SignInError::CodeFlow(CodeFlowError::IdToken(_) | CodeFlowError::UserInfo(_)) => true,
        _ => false,
    }
}

fn log(error: &(dyn std::error::Error + 'static)) {
    let error = with_causes(error);
    tracing::warn!(error, "a session goes on without an answer from Okta");
}
