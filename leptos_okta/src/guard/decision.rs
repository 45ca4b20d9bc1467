//! What a guard decides, by the identity alone.

use okta_types::{Forbidden, Identity, Requirement, StepUp, StepUpNeeded, Timestamp};

/// What a guard requires beyond being signed in.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) roles: Requirement,
    pub(super) group: Option<GroupAsked>,
    pub(super) step_up: StepUp,
}

/// A group that a guard requires.
pub(super) struct GroupAsked {
    pub(super) name: String,
    /// `None` if that isn't known, which happens only in a browser.
    pub(super) is_in: Option<bool>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Show,
    Refuse(Forbidden),
    SignIn,
    /// They are signed in, but not recently or strongly enough.
    Confirm(StepUpNeeded),
    /// Only the server knows. If it refuses, this is the reason.
    AskServer(Forbidden),
}

pub(super) fn decide(identity: Option<&Identity>, asked: &Asked, now: Timestamp) -> Decision {
    let Some(identity) = identity.filter(|identity| now <= identity.expires_at) else {
        return Decision::SignIn;
    };
    if let Err(forbidden) = asked.roles.check(identity) {
        return Decision::Refuse(forbidden);
    }
    match &asked.group {
        None
        | Some(GroupAsked {
            is_in: Some(true), ..
        }) => match asked.step_up.check(identity, now) {
            Ok(()) => Decision::Show,
            Err(needed) => Decision::Confirm(needed),
        },
        Some(GroupAsked {
            name,
            is_in: Some(false),
        }) => Decision::Refuse(Forbidden::group(name)),
        Some(GroupAsked { name, is_in: None }) => Decision::AskServer(Forbidden::group(name)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000);

    fn asked(is_in: Option<bool>) -> Asked {
        let name = "Engineering".to_owned();
        Asked {
            group: Some(GroupAsked { name, is_in }),
            ..Asked::default()
        }
    }

    #[test]
    fn what_the_browser_cannot_know_is_for_the_server_to_decide() {
        let ada = Identity::new("https://dev-1.okta.com", "00u1");
        let decide = |is_in| super::decide(Some(&ada), &asked(is_in), NOW);
        let forbidden = Forbidden::group("Engineering");
        assert_eq!(decide(Some(true)), Decision::Show);
        assert_eq!(decide(Some(false)), Decision::Refuse(forbidden.clone()));
        assert_eq!(decide(None), Decision::AskServer(forbidden));
    }

    #[test]
    fn nobody_and_whoever_lacks_the_role_is_refused_without_asking() {
        let editors = Asked {
            roles: Requirement::default().role("editor"),
            ..asked(None)
        };
        let nobody = decide(None, &editors, NOW);
        assert_eq!(nobody, Decision::SignIn);

        let mut ada = Identity::new("https://dev-1.okta.com", "00u1");
        let refused = decide(Some(&ada), &editors, NOW);
        let lacks_role = editors.roles.check(&ada).unwrap_err();
        assert_eq!(refused, Decision::Refuse(lacks_role));

        ada.roles = vec!["editor".to_owned()];
        let editors = Asked {
            group: None,
            ..editors
        };
        assert_eq!(decide(Some(&ada), &editors, NOW), Decision::Show);
    }

    #[test]
    fn whoever_is_allowed_confirms_that_it_is_them_if_their_sign_in_is_too_old() {
        let mut ada = Identity::new("https://dev-1.okta.com", "00u1");
        let recent = StepUp::default().max_age(Duration::from_secs(300));
        let asked = |is_in| Asked {
            step_up: recent.clone(),
            ..asked(Some(is_in))
        };
        let needed = recent.check(&ada, NOW).unwrap_err();
        let decided = decide(Some(&ada), &asked(true), NOW);
        assert_eq!(decided, Decision::Confirm(needed));
        let forbidden = Forbidden::group("Engineering");
        let decided = decide(Some(&ada), &asked(false), NOW);
        assert_eq!(decided, Decision::Refuse(forbidden));
        ada.auth_time = Some(NOW);
        assert_eq!(decide(Some(&ada), &asked(true), NOW), Decision::Show);
    }
}
