//! Signing out: here, and from Okta.
//!
//! | Route | Who calls it |
//! |---|---|
//! | `POST /logout` | The person (OpenID Connect RP-Initiated Logout 1.0) |
//! | `GET /frontchannel-logout` | Okta's page, in a frame (OpenID Connect Front-Channel Logout 1.0) |
//! | `POST /backchannel-logout` | The provider (OpenID Connect Back-Channel Logout 1.0) |
//! | `POST /global-token-revocation` | Okta (Universal Logout) |

mod back_channel;
mod by_okta;
mod calls;
mod front_channel;
mod here;
mod self_test;
mod signed_call;
mod universal_logout;

use axum::routing::{MethodRouter, get, post};

pub(crate) use calls::Calls;
pub(crate) use here::{COOKIE, came_back};
pub(crate) use self_test::{SelfTestError, self_test};

use crate::okta::Okta;

/// The routes for signing out.
pub(crate) fn routes(okta: &Okta) -> [(&str, MethodRouter<Okta>); 4] {
    let paths = &okta.shared().paths;
    [
        (&paths.logout, post(here::logout)),
        (&paths.front_channel_logout, get(front_channel::logout)),
        (&paths.back_channel_logout, post(back_channel::logout)),
        (&paths.universal_logout, post(universal_logout::revoke)),
    ]
}
