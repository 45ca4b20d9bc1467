use std::fmt;

use crate::Identity;

/// What a guard says to people who aren't signed in. Errors keep these words on their way to the
/// browser, which recognizes the refusal by them.
pub const NOT_SIGNED_IN: &str = "nobody is signed in. Sign in first, then try again";

/// What developers are told who forgot the layer, without which nobody can be signed in.
pub const LAYER_MISSING: &str =
    "the layer is missing: pass the router to `okta.add_to(…)` after its last route";

/// What a guard requires beyond being signed in. All conditions must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirement(Vec<Condition>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Condition {
    AnyRole(Vec<String>),
    Group(String),
    Organization(String),
}

impl Requirement {
    /// Also requires this role.
    #[must_use]
    pub fn role(self, role: impl Into<String>) -> Self {
        self.any_role([role])
    }

    /// Also requires one of these roles. An empty list lets nobody in.
    #[must_use]
    pub fn any_role(mut self, roles: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let roles = roles.into_iter().map(Into::into).collect();
        self.0.push(Condition::AnyRole(roles));
        self
    }

    /// Also requires this Okta group.
    #[must_use]
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.0.push(Condition::Group(group.into()));
        self
    }

    /// Also requires that the person is of the organization with this key.
    #[must_use]
    pub fn organization(mut self, organization: impl Into<String>) -> Self {
        self.0.push(Condition::Organization(organization.into()));
        self
    }

    /// Returns the key of the organization that is required, for the sign-in.
    #[must_use]
    pub fn required_organization(&self) -> Option<&str> {
        self.0.iter().find_map(|condition| match condition {
            Condition::Organization(organization) => Some(organization.as_str()),
            _ => None,
        })
    }

    /// Checks that this person meets every condition.
    ///
    /// # Errors
    ///
    /// Returns [`Forbidden`], which names the condition that isn't met.
    pub fn check(&self, identity: &Identity) -> Result<(), Forbidden> {
        let missing = self.0.iter().find(|condition| match condition {
            Condition::AnyRole(roles) => !roles.iter().any(|role| identity.has_role(role)),
            Condition::Group(group) => !identity.in_group(group),
            Condition::Organization(organization) => !identity.in_organization(organization),
        });
        match missing {
            Some(condition) => Err(Forbidden {
                needed: condition.to_string(),
            }),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnyRole(roles) => match roles.as_slice() {
                [role] => write!(f, "the role “{role}”"),
                roles => {
                    f.write_str("one of the roles ")?;
                    for (index, role) in roles.iter().enumerate() {
                        let comma = if index == 0 { "" } else { ", " };
                        write!(f, "{comma}“{role}”")?;
                    }
                    Ok(())
                }
            },
            Self::Group(group) => write!(f, "the Okta group “{group}”"),
            Self::Organization(organization) => {
                write!(f, "to be signed in with the organization “{organization}”")
            }
        }
    }
}

/// The person is signed in, but isn't allowed to do this: 403.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forbidden {
    /// What is required, such as `the role “editor”`.
    pub needed: String,
}

impl Forbidden {
    /// Creates the error for somebody who is not in this Okta group.
    #[must_use]
    pub fn group(group: impl Into<String>) -> Self {
        Self {
            needed: Condition::Group(group.into()).to_string(),
        }
    }
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "You need {} to do this. Ask an admin of this app for access.",
            self.needed
        )
    }
}

impl std::error::Error for Forbidden {}
