//! A sign-in that has to be recent, or strong, enough: what `/login` is asked for, what Okta is
//! asked for, and what came of it. Parameters of `/login` can only ask for more: each guard decides
//! by what Okta said of the session.

use std::time::Duration;

use okta_types::{Identity, StepUp, Timestamp};
use openidconnect::core::CoreAuthPrompt;
use serde::{Deserialize, Serialize};

use super::SignInError;
use crate::{http::only, session::SignedIn, store::now};

/// No page needs a third one within a minute of the last: guards that exclude one another would send
/// people to and fro between Okta and this app for ever.
const IN_A_ROW: u32 = 3;
const A_ROW_ENDS_AFTER: i64 = 60;
/// Of all contexts, or methods, together.
const LONGEST_LIST: usize = 300;

/// What a sign-in was asked for beyond that somebody signs in. Kept in its attempt.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Confirmation {
    pub(crate) step_up: StepUp,
    /// Who has to confirm that it's them, if somebody was signed in.
    subject: Option<String>,
    /// The number of this one, among those that followed each other at once.
    pub(crate) number: u32,
    /// Whether Okta has to ask, whatever it knows.
    #[serde(skip)]
    again: bool,
}

impl Confirmation {
    /// For this person, who is signed in already and lacks something.
    pub(super) fn of(
        step_up: StepUp,
        again: bool,
        signed_in: Option<&SignedIn>,
    ) -> Result<Self, SignInError> {
        if step_up.is_empty() {
            return Ok(Self {
                again,
                ..Self::default()
            });
        }
        let former = signed_in.filter(|signed_in| {
            let Timestamp(started) = signed_in.identity.signed_in_at;
            now().0.saturating_sub(started) < A_ROW_ENDS_AFTER
        });
        let number = former.map_or(0, |signed_in| signed_in.confirmations) + 1;
        if number > IN_A_ROW {
            return Err(SignInError::Circular(step_up));
        }
        // With `acr_values` alone, Okta asks for what is missing and no more.
        let is_context_alone =
            step_up.max_age_seconds().is_none() && step_up.amr_values().is_empty();
        // What is too old, or of the wrong kind, Okta may still take for good.
        let may_be_taken = signed_in.is_some() || !step_up.amr_values().is_empty();
        Ok(Self {
            again: again || may_be_taken && !is_context_alone,
            subject: signed_in.map(|signed_in| signed_in.identity.subject.clone()),
            step_up,
            number,
        })
    }

    /// For this person, of whom nothing is asked but that they are still signed in at the issuer.
    pub(super) fn unseen(identity: &Identity) -> Self {
        Self {
            subject: Some(identity.subject.clone()),
            ..Self::default()
        }
    }

    /// Who has to confirm that it's them.
    pub(super) fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    pub(super) fn prompt(&self) -> Option<CoreAuthPrompt> {
        self.again.then_some(CoreAuthPrompt::Login)
    }

    /// Whether Okta did what it was asked for (OpenID Connect Core §3.1.3.7, points 12 and 13), by
    /// the person who was asked.
    pub(super) fn check(&self, identity: &Identity) -> Result<(), SignInError> {
        let is_same_person = self
            .subject
            .as_ref()
            .is_none_or(|subject| *subject == identity.subject);
        if !is_same_person {
            return Err(SignInError::SomebodyElse);
        }
        self.step_up
            .check(identity, now())
            .map_err(|needed| SignInError::NotConfirmed {
                asked: needed.asked().clone(),
                said: said(identity),
            })
    }
}

/// What Okta said of the sign-in.
fn said(identity: &Identity) -> String {
    let when = match identity.authenticated_at() {
        Some(at) => format!("signed in on {at}"),
        None => "signed in, without a time".to_owned(),
    };
    let how = match identity.amr.as_slice() {
        [] => ", without a method".to_owned(),
        amr => format!(", with “{}”", amr.join("”, “")),
    };
    let context = match &identity.acr {
        Some(acr) => format!(", meeting “{acr}”"),
        None => String::new(),
    };
    format!("{when}{how}{context}")
}

/// What the query of `/login` asks for, and whether Okta has to ask again whatever it knows.
pub(super) fn asked(query: &str) -> Result<(StepUp, bool), SignInError> {
    let mut step_up = StepUp::default();
    if let Some(max_age) = only(query, "max_age")? {
        let seconds = max_age
            .parse()
            .map_err(|_| SignInError::MalformedLogin("its max_age is not a number of seconds"))?;
        step_up = step_up.max_age(Duration::from_secs(seconds));
    }
    for acr in list(query, "acr_values")? {
        step_up = step_up.acr(acr);
    }
    for amr in list(query, "amr")? {
        step_up = step_up.amr(amr);
    }
    if !step_up.can_be_sent() {
        return Err(SignInError::MalformedLogin(
            "what it asks of the sign-in can't be sent to Okta",
        ));
    }
    let again = only(query, "prompt")?.is_some_and(|prompt| prompt == "login");
    Ok((step_up, again))
}

/// Space-delimited, as in OpenID Connect Core §3.1.2.1.
fn list(query: &str, name: &'static str) -> Result<Vec<String>, SignInError> {
    let values = only(query, name)?.unwrap_or_default();
    if values.len() > LONGEST_LIST {
        return Err(SignInError::MalformedLogin(
            "it asks for more of the sign-in than Okta could be asked for",
        ));
    }
    let values = values.split(' ').filter(|value| !value.is_empty());
    Ok(values.map(str::to_owned).collect())
}
