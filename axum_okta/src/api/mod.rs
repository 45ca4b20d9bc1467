//! The JSON API, one file per resource. Every route but the identity's, one's own sessions',
//! the setup code's, and that of the public keys requires a [`Caller`](caller::Caller) who is an admin.

mod admins;
mod audit;
mod body;
mod branding;
mod caller;
mod client_keys;
mod connection_body;
mod connections;
#[cfg(feature = "openapi")]
mod description;
mod domains;
mod idempotency;
mod identity;
mod own_sessions;
mod path;
mod precondition;
mod problem;
mod provisioning;
mod query;
mod roles;
mod sessions;
mod setup;
mod setup_links;
mod tokens;

use axum::{
    middleware,
    routing::{MethodRouter, delete, get, post, put},
};

use crate::okta::Okta;

/// The routes of the JSON API.
pub(crate) fn routes(okta: &Okta) -> Vec<(&str, MethodRouter<Okta>)> {
    let paths = &okta.shared().paths;
    let once = || middleware::from_fn_with_state(okta.clone(), idempotency::once);
    #[cfg_attr(
        not(feature = "openapi"),
        expect(unused_mut, reason = "the description is a route more")
    )]
    let mut routes: Vec<(&str, MethodRouter<Okta>)> = vec![
        (&paths.identity, get(identity::show)),
        (
            &paths.own_sessions,
            get(own_sessions::list).delete(own_sessions::end_others),
        ),
        (&paths.own_session, delete(own_sessions::end)),
        (&paths.setup, post(setup::enter)),
        (&paths.audit, get(audit::show)),
        (
            &paths.roles,
            get(roles::show).put(roles::replace).route_layer(once()),
        ),
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
                .post(connections::check)
                .route_layer(once()),
        ),
        (
            &paths.client_keys,
            get(client_keys::show).post(client_keys::rotate),
        ),
        (&paths.connections, get(connections::list)),
        (
            &paths.connection_roles,
            get(roles::show).put(roles::replace).route_layer(once()),
        ),
        (
            &paths.connection_admins,
            get(admins::list).delete(admins::remove),
        ),
        (&paths.tokens, get(tokens::list).post(tokens::create)),
        (&paths.token, delete(tokens::revoke)),
        (
            &paths.connection_tokens,
            get(tokens::list).post(tokens::create),
        ),
        (&paths.connection_token, delete(tokens::revoke)),
        (
            &paths.setup_links,
            get(setup_links::list).post(setup_links::make),
        ),
        (&paths.setup_link, delete(setup_links::revoke)),
        (&paths.branding, get(branding::show).put(branding::replace)),
        (
            &paths.provisioning,
            get(provisioning::show).put(provisioning::replace),
        ),
        (&paths.scim_clients, post(provisioning::make_client)),
        (&paths.scim_client, delete(provisioning::delete_client)),
        (&paths.scim_tokens, post(provisioning::make_token)),
        (&paths.scim_token, delete(provisioning::delete_token)),
        (&paths.scim_requests, get(provisioning::requests)),
        (&paths.domains, get(domains::list)),
        (&paths.domain_check, post(domains::check)),
        (
            &paths.domain,
            put(domains::claim)
                .post(domains::verify)
                .delete(domains::remove)
                .route_layer(once()),
        ),
    ];
    #[cfg(feature = "openapi")]
    routes.push((&paths.description, get(description::show)));
    routes
}
