//! Whether somebody whom Okta has signed in may come in: the connection's sign-in policy.

use okta_types::{Identity, SignInPolicy};

use crate::connection::domain_of;

/// Why somebody may not come in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotAdmitted {
    #[error("Okta has deactivated this person in this app (provisioning)")]
    Deactivated,
    #[error("Okta has deleted this person in this app (provisioning)")]
    Deleted,
    #[error(
        "this connection admits only people whom Okta has provisioned, and this person isn't. In Okta, assign the \
         person to the provisioning app, and check that its attribute externalId is the Okta user ID"
    )]
    NotProvisioned,
    #[error("they are in none of the groups whose members may sign in: {0}")]
    InNoGroup(String),
    #[error("Okta sent no email address, and only some domains may sign in: {0}")]
    NoEmail(String),
    #[error("Okta doesn't say that their email address {email} is verified, which it has to be")]
    NotVerified { email: String },
    #[error("their email address {email} is of none of the domains that may sign in: {domains}")]
    OtherDomain { email: String, domains: String },
}

/// Checks the policy. What Okta doesn't say counts as not met.
pub(crate) fn admit(policy: &SignInPolicy, person: &Identity) -> Result<(), NotAdmitted> {
    let SignInPolicy {
        groups,
        email_domains,
        ..
    } = policy;
    if !groups.is_empty() && !groups.iter().any(|group| person.in_group(group)) {
        return Err(NotAdmitted::InNoGroup(groups.join(", ")));
    }
    if email_domains.is_empty() {
        return Ok(());
    }
    let domains = email_domains.join(", ");
    let Some(email) = person.email.clone() else {
        return Err(NotAdmitted::NoEmail(domains));
    };
    if !person.email_verified {
        return Err(NotAdmitted::NotVerified { email });
    }
    let domain = email.rsplit_once('@').map(|(_, domain)| domain);
    match domain.and_then(domain_of) {
        Some(domain) if email_domains.contains(&domain) => Ok(()),
        _ => Err(NotAdmitted::OtherDomain { email, domains }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(email: Option<&str>, is_verified: bool, groups: Option<&[&str]>) -> Identity {
        let mut person = Identity::new("https://dev-1.okta.com", "00u1");
        person.email = email.map(str::to_owned);
        person.email_verified = is_verified;
        person.groups = groups.map(|groups| groups.iter().map(|&group| group.into()).collect());
        person
    }

    #[test]
    fn each_list_has_to_be_met_and_what_okta_does_not_say_is_not() {
        let everybody = SignInPolicy::default();
        let engineers = SignInPolicy::default().groups(["Engineering", "Support"]);
        let acme = SignInPolicy::default().email_domains(["acme.com", "xn--bcher-kva.example"]);
        let both = engineers.clone().email_domains(["acme.com"]);
        let is_admitted = |policy: &SignInPolicy, person: &Identity| admit(policy, person).is_ok();

        let nobody = person(None, false, None);
        assert!(is_admitted(&everybody, &nobody));
        assert!(!is_admitted(&engineers, &nobody));
        assert!(!is_admitted(&acme, &nobody));

        let ada = person(Some("ada@ACME.com"), true, Some(&["Everyone", "Support"]));
        assert!(
            [&everybody, &engineers, &acme, &both]
                .iter()
                .all(|policy| is_admitted(policy, &ada))
        );
        let other_group = person(Some("ada@acme.com"), true, Some(&["support"]));
        assert!(is_admitted(&acme, &other_group) && !is_admitted(&both, &other_group));
        let unverified = person(Some("ada@acme.com"), false, Some(&["Support"]));
        assert!(is_admitted(&engineers, &unverified) && !is_admitted(&both, &unverified));

        assert!(is_admitted(
            &acme,
            &person(Some("ada@bücher.example"), true, None)
        ));
        for other in [
            "ada@evil.example",
            "ada@acme.com.evil.example",
            "ada@acme.com@evil.example",
            "ada@sub.acme.com",
            "ada@evilacme.com",
            "ada",
            "@",
            "acme.com",
            "ada@acme.com.",
            "ada@",
        ] {
            assert!(
                !is_admitted(&acme, &person(Some(other), true, None)),
                "{other}"
            );
        }
    }
}
