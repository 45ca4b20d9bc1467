//! The companies that sign in to an app, each with an Okta of its own: how the app's code creates,
//! finds, and changes them. The guide is [`guide::organizations`](crate::guide::organizations).

pub use crate::settings::Organizations;
pub use okta_types::{
    Branding, ConnectionChange, ConnectionPage, ConnectionQuery, ConnectionSummary, DomainSummary,
    NewSetupLink, SetupLinkForm, SetupLinkState, SetupLinkSummary, SignInPolicy,
};
