//! The paths of our routes.

use crate::connection::CONNECTION;

/// All below the prefix that the app chose.
pub(crate) struct Paths {
    pub(crate) login: String,
    pub(crate) callback: String,
    /// Those of the other connections.
    pub(crate) callbacks: String,
    pub(crate) logout: String,
    pub(crate) front_channel_logout: String,
    pub(crate) back_channel_logout: String,
    pub(crate) universal_logout: String,
    /// Provisioning, of all connections.
    pub(crate) scim: String,
    /// Where the clients of provisioning get their tokens.
    pub(crate) scim_oauth: String,
    pub(crate) identity: String,
    pub(crate) session_script: String,
    pub(crate) own_sessions: String,
    pub(crate) own_session: String,
    pub(crate) setup: String,
    /// Where setup links lead.
    pub(crate) setup_page: String,
    pub(crate) audit: String,
    pub(crate) roles: String,
    pub(crate) admins: String,
    pub(crate) sessions: String,
    pub(crate) session: String,
    pub(crate) connections: String,
    pub(crate) connection: String,
    pub(crate) connection_roles: String,
    pub(crate) connection_admins: String,
    pub(crate) description: String,
    pub(crate) tokens: String,
    pub(crate) token: String,
    pub(crate) connection_tokens: String,
    pub(crate) connection_token: String,
    pub(crate) domains: String,
    pub(crate) domain: String,
    pub(crate) domain_check: String,
    pub(crate) branding: String,
    pub(crate) setup_links: String,
    pub(crate) setup_link: String,
    pub(crate) provisioning: String,
    pub(crate) scim_tokens: String,
    pub(crate) scim_token: String,
    pub(crate) scim_clients: String,
    pub(crate) scim_client: String,
    pub(crate) scim_requests: String,
    pub(crate) test: String,
    pub(crate) client_keys: String,
}

impl Paths {
    pub(crate) fn below(prefix: &str) -> Self {
        Self {
            login: format!("{prefix}/login"),
            callback: format!("{prefix}/authorization-code/callback"),
            callbacks: format!("{prefix}/authorization-code/callback/{{name}}"),
            logout: format!("{prefix}/logout"),
            front_channel_logout: format!("{prefix}/frontchannel-logout"),
            back_channel_logout: format!("{prefix}/backchannel-logout"),
            universal_logout: format!("{prefix}/global-token-revocation"),
            scim: format!("{prefix}/scim/v2/{{*rest}}"),
            scim_oauth: format!("{prefix}/scim/oauth/token"),
            identity: format!("{prefix}/api/identity"),
            session_script: format!("{prefix}/api/okta/session.js"),
            own_sessions: format!("{prefix}/api/identity/sessions"),
            own_session: format!("{prefix}/api/identity/sessions/{{id}}"),
            setup: format!("{prefix}/api/okta/setup"),
            setup_page: format!("{prefix}/login/setup"),
            audit: format!("{prefix}/api/okta/audit"),
            roles: format!("{prefix}/api/okta/roles"),
            admins: format!("{prefix}/api/okta/admins"),
            sessions: format!("{prefix}/api/okta/sessions"),
            session: format!("{prefix}/api/okta/sessions/{{id}}"),
            connections: format!("{prefix}/api/okta/connections"),
            connection_roles: format!("{prefix}/api/okta/connections/{{name}}/roles"),
            connection_admins: format!("{prefix}/api/okta/connections/{{name}}/admins"),
            description: format!("{prefix}/api/okta/openapi.json"),
            tokens: format!("{prefix}/api/okta/tokens"),
            token: format!("{prefix}/api/okta/tokens/{{id}}"),
            connection_tokens: format!("{prefix}/api/okta/connections/{{name}}/tokens"),
            connection_token: format!("{prefix}/api/okta/connections/{{name}}/tokens/{{id}}"),
            domains: format!("{prefix}/api/okta/connections/{{name}}/domains"),
            domain: format!("{prefix}/api/okta/connections/{{name}}/domains/{{domain}}"),
            domain_check: format!(
                "{prefix}/api/okta/connections/{{name}}/domains/{{domain}}/check"
            ),
            branding: format!("{prefix}/api/okta/connections/{{name}}/branding"),
            setup_links: format!("{prefix}/api/okta/connections/{{name}}/setup-links"),
            setup_link: format!("{prefix}/api/okta/connections/{{name}}/setup-links/{{id}}"),
            connection: format!("{prefix}/api/okta/connections/{{name}}"),
            provisioning: format!("{prefix}/api/okta/connections/{{name}}/provisioning"),
            scim_tokens: format!("{prefix}/api/okta/connections/{{name}}/provisioning/tokens"),
            scim_token: format!(
                "{prefix}/api/okta/connections/{{name}}/provisioning/tokens/{{id}}"
            ),
            scim_clients: format!("{prefix}/api/okta/connections/{{name}}/provisioning/clients"),
            scim_client: format!(
                "{prefix}/api/okta/connections/{{name}}/provisioning/clients/{{id}}"
            ),
            scim_requests: format!("{prefix}/api/okta/connections/{{name}}/provisioning/requests"),
            test: format!("{prefix}/api/okta/connections/{{name}}/test"),
            client_keys: format!("{prefix}/api/okta/connections/{{name}}/keys"),
        }
    }

    /// Where Okta comes back to, for sign-ins through this connection.
    pub(crate) fn callback_of(&self, connection: &str) -> String {
        match connection {
            CONNECTION => self.callback.clone(),
            name => format!("{}/{name}", self.callback),
        }
    }

    /// The base URL of provisioning, below which each connection has its own.
    pub(crate) fn scim_root(&self) -> &str {
        self.scim.trim_end_matches("/{*rest}")
    }

    /// Whether this is a path of provisioning.
    pub(crate) fn is_scim(&self, path: &str) -> bool {
        let below = path.strip_prefix(self.scim_root());
        below.is_some_and(|below| below.starts_with('/')) || path == self.scim_oauth
    }

    /// Whether Okta comes back to this path, for a sign-in through whatever connection.
    pub(crate) fn is_callback(&self, path: &str) -> bool {
        let rest = path.strip_prefix(&self.callback);
        rest.is_some_and(|rest| {
            rest.is_empty()
                || rest
                    .strip_prefix('/')
                    .is_some_and(|name| !name.contains('/'))
        })
    }

    /// Whether a path is one of ours, or of the console's server functions, which are below
    /// `/api/okta` even with a prefix.
    pub(crate) fn are_ours(&self, path: &str) -> bool {
        let settings = self.setup.trim_end_matches("setup");
        let others = [
            &self.login,
            &self.setup_page,
            &self.callback,
            &self.logout,
            &self.front_channel_logout,
            &self.back_channel_logout,
            &self.universal_logout,
            &self.identity,
            &self.own_sessions,
        ];
        others.iter().any(|ours| *ours == path)
            || [&self.own_sessions, &self.callback].iter().any(|ours| {
                path.strip_prefix(&***ours)
                    .is_some_and(|rest| rest.starts_with('/'))
            })
            || path.starts_with(settings)
            || path.starts_with("/api/okta/")
    }
}
