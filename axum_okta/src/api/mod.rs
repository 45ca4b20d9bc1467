//! The JSON API, one file per resource. Every route but the identity's, one's own sessions',
//! the setup code's, and that of the public keys requires an [`Admin`](crate::settings::Admin).

mod admins;
mod audit;
mod client_keys;
mod connections;
mod identity;
mod own_sessions;
mod roles;
mod sessions;
mod setup;

use axum::routing::{MethodRouter, delete, get, post};

use crate::okta::Okta;

/// The routes of the JSON API.
pub(crate) fn routes(okta: &Okta) -> [(&str, MethodRouter<Okta>); 11] {
    let paths = &okta.shared().paths;
    [
        (&paths.identity, get(identity::show)),
        (
            &paths.own_sessions,
            get(own_sessions::list).delete(own_sessions::end_others),
        ),
        (&paths.own_session, delete(own_sessions::end)),
        (&paths.setup, post(setup::enter)),
        (&paths.audit, get(audit::show)),
        (&paths.roles, get(roles::show).put(roles::replace)),
        (&paths.admins, get(admins::list).delete(admins::remove)),
        (
            &paths.sessions,
            get(sessions::list).delete(sessions::end_together),
        ),
        (&paths.session, delete(sessions::end)),
        (
            &paths.connection,
            get(connections::show)
                .put(connections::connect)
                .delete(connections::disconnect)
                .post(connections::check),
        ),
        (
            &paths.client_keys,
            get(client_keys::show).post(client_keys::rotate),
        ),
    ]
}
