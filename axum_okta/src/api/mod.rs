//! The JSON API, one file per resource. Every route but the identity's and the setup code's
//! requires an [`Admin`](crate::settings::Admin).

mod admins;
mod audit;
mod connections;
mod identity;
mod roles;
mod setup;

use axum::routing::{MethodRouter, get, post};

use crate::okta::Okta;

/// The routes of the JSON API.
pub(crate) fn routes(okta: &Okta) -> [(&str, MethodRouter<Okta>); 6] {
    let paths = &okta.shared().paths;
    [
        (&paths.identity, get(identity::show)),
        (&paths.setup, post(setup::enter)),
        (&paths.audit, get(audit::show)),
        (&paths.roles, get(roles::show).put(roles::replace)),
        (&paths.admins, get(admins::list).delete(admins::remove)),
        (
            &paths.connection,
            get(connections::show)
                .put(connections::connect)
                .delete(connections::disconnect)
                .post(connections::check),
        ),
    ]
}
