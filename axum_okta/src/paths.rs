//! The paths of our routes.

/// All below the prefix that the app chose.
pub(crate) struct Paths {
    pub(crate) login: String,
    pub(crate) callback: String,
    pub(crate) logout: String,
    pub(crate) identity: String,
    pub(crate) session_script: String,
    pub(crate) setup: String,
    pub(crate) audit: String,
    pub(crate) roles: String,
    pub(crate) admins: String,
    pub(crate) connection: String,
    pub(crate) test: String,
}

impl Paths {
    pub(crate) fn below(prefix: &str) -> Self {
        Self {
            login: format!("{prefix}/login"),
            callback: format!("{prefix}/authorization-code/callback"),
            logout: format!("{prefix}/logout"),
            identity: format!("{prefix}/api/identity"),
            session_script: format!("{prefix}/api/okta/session.js"),
            setup: format!("{prefix}/api/okta/setup"),
            audit: format!("{prefix}/api/okta/audit"),
            roles: format!("{prefix}/api/okta/roles"),
            admins: format!("{prefix}/api/okta/admins"),
            connection: format!("{prefix}/api/okta/connections/{{name}}"),
            test: format!("{prefix}/api/okta/connections/{{name}}/test"),
        }
    }

    /// All of them, in axum's route syntax.
    pub(crate) fn all(&self) -> [&str; 11] {
        let Self {
            login,
            callback,
            logout,
            identity,
            session_script,
            setup,
            audit,
            roles,
            admins,
            connection,
            test,
        } = self;
        [
            login,
            callback,
            logout,
            identity,
            session_script,
            setup,
            audit,
            roles,
            admins,
            connection,
            test,
        ]
    }

    /// Whether a path is one of ours, or of the console's server functions, which are below
    /// `/api/okta` even with a prefix.
    pub(crate) fn are_ours(&self, path: &str) -> bool {
        let settings = self.setup.trim_end_matches("setup");
        [&self.login, &self.callback, &self.logout, &self.identity]
            .iter()
            .any(|ours| *ours == path)
            || path.starts_with(settings)
            || path.starts_with("/api/okta/")
    }
}
