//! The JSON API, one file per resource. Every route but the identity's, one's own sessions',
//! the setup code's, and that of the public keys requires an [`Admin`](crate::settings::Admin).

mod admins;
mod audit;
mod branding;
mod client_keys;
mod connections;
mod domains;
mod identity;
mod own_sessions;
mod roles;
mod sessions;
mod setup;
mod setup_links;

use axum::routing::{MethodRouter, delete, get, post, put};

use crate::okta::Okta;

/// The routes of the JSON API.
pub(crate) fn routes(okta: &Okta) -> [(&str, MethodRouter<Okta>); 19] {
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
                .patch(connections::change)
                .delete(connections::disconnect)
                .post(connections::check),
        ),
        (
            &paths.client_keys,
            get(client_keys::show).post(client_keys::rotate),
        ),
        (&paths.connections, get(connections::list)),
        (
            &paths.connection_roles,
            get(roles::show_of).put(roles::replace_of),
        ),
        (
            &paths.connection_admins,
            get(admins::list_of).delete(admins::remove_of),
        ),
        (
            &paths.setup_links,
            get(setup_links::list).post(setup_links::make),
        ),
        (&paths.setup_link, delete(setup_links::revoke)),
        (&paths.branding, get(branding::show).put(branding::replace)),
        (&paths.domains, get(domains::list)),
        (
            &paths.domain,
            put(domains::claim)
                .post(domains::verify)
                .delete(domains::remove),
        ),
    ]
}
