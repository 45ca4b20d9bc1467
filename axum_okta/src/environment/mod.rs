//! Reads the environment: every variable of `docs/deploy.md`, in one place.

mod connection;
mod options;

use std::{env, net::IpAddr};

use ipnet::IpNet;

use crate::builder::OktaBuilder;

/// Why the environment can't be used. Names variables, but never their values.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnvironmentError {
    /// A variable has an invalid value.
    #[error("{name} {problem}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// What is wrong with its value.
        problem: String,
    },
    /// A connection needs three variables, but some are missing.
    #[error(
        "the connection is incomplete: {set} set, {missing} missing. Set all three variables, or set none and connect \
         in the browser"
    )]
    IncompleteConnection {
        /// The variables that are set.
        set: String,
        /// The variables that are missing.
        missing: String,
    },
    /// Both families of variables define a connection.
    #[error("a connection is set twice, by OKTA_… and by IDP_… variables. Unset one of them")]
    TwoConnections,
}

impl OktaBuilder {
    /// Creates a builder from environment variables, with defaults for the rest. Methods that you
    /// call afterwards take precedence.
    ///
    /// | Variable | Sets |
    /// |---|---|
    /// | `OKTA_BASE_URL` | [`base_url`](Self::base_url). Defaults to `http://` and
    /// `LEPTOS_SITE_ADDR`, if that is set |
    /// | `OKTA_DATABASE_URL` | [`database`](Self::database) |
    /// | `OKTA_SESSIONS_URL` | [`sessions_url`](Self::sessions_url) |
    /// | `OKTA_ENCRYPTION_KEY` | [`encryption_key`](Self::encryption_key) |
    /// | `OKTA_SETUP_CODE` | [`setup_code`](Self::setup_code) |
    /// | `OKTA_ALLOW_HTTP_ISSUER` | [`allow_http_issuer`](Self::allow_http_issuer) |
    /// | `OKTA_ALLOW_PRIVATE_ISSUER` | [`allow_private_issuer`](Self::allow_private_issuer) |
    /// | `OKTA_TRUSTED_PROXIES` | [`trusted_proxies`](Self::trusted_proxies): addresses or networks, separated by commas |
    /// | `OKTA_ADMIN_GROUP` | [`admin_group`](Self::admin_group) |
    /// | `OKTA_CLIENT_ID`, `OKTA_CLIENT_SECRET`, `OKTA_ISSUER_URI`, `OKTA_API_TOKEN` | [`managed_connection`](Self::managed_connection) |
    /// | `IDP_CLIENT_ID`, `IDP_CLIENT_SECRET`, `IDP_PROVIDER_URL`, `IDP_SERVICE_ACCOUNT` | The
    /// same, under the names that [Pomerium](https://www.pomerium.com/docs/identity-providers/okta)
    /// uses |
    /// | `OKTA_IDLE_SECONDS`, `OKTA_LIFETIME_SECONDS`, `OKTA_RECHECK_SECONDS`, `OKTA_REFRESH_TOKENS`,
    /// `OKTA_DPOP` | That connection's [`idle_seconds`](crate::connection::ConnectionOptions::idle_seconds),
    /// [`lifetime_seconds`](crate::connection::ConnectionOptions::lifetime_seconds),
    /// [`recheck_seconds`](crate::connection::ConnectionOptions::recheck_seconds),
    /// [`refresh_tokens`](crate::connection::ConnectionOptions::refresh_tokens), and
    /// [`dpop`](crate::connection::ConnectionOptions::dpop) |
    ///
    /// An empty variable counts as not set. A switch is `true`, `yes`, `on` or `1`, or `false`,
    /// `no`, `off` or `0`, in any case.
    ///
    /// ```no_run
    /// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
    /// let okta = axum_okta::OktaBuilder::from_env()?.open_or_deny().await?;
    /// okta.announce_setup("/settings/okta").await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`EnvironmentError`] names the variable and what is wrong with it.
    pub fn from_env() -> Result<Self, EnvironmentError> {
        let variables = Variables(|name: &str| {
            let value = env::var_os(name)?;
            Some(value.into_string().map_err(drop))
        });
        variables.builder()
    }
}

/// Looks up variables. `Err` is a value that isn't UTF-8.
struct Variables<F>(F);

impl<F: Fn(&str) -> Option<Result<String, ()>>> Variables<F> {
    fn builder(&self) -> Result<OktaBuilder, EnvironmentError> {
        let mut okta = OktaBuilder::default()
            .allow_http_issuer(self.switch("OKTA_ALLOW_HTTP_ISSUER")?)
            .allow_private_issuer(self.switch("OKTA_ALLOW_PRIVATE_ISSUER")?)
            .trusted_proxies(self.networks("OKTA_TRUSTED_PROXIES")?);
        if let Some(address) = self.text("LEPTOS_SITE_ADDR")? {
            okta = okta.base_url(format!("http://{address}"));
        }
        if let Some(base_url) = self.text("OKTA_BASE_URL")? {
            okta = okta.base_url(base_url);
        }
        if let Some(database) = self.text("OKTA_DATABASE_URL")? {
            okta = okta.database(database);
        }
        if let Some(url) = self.text("OKTA_SESSIONS_URL")? {
            okta = okta.sessions_url(url);
        }
        if let Some(key) = self.text("OKTA_ENCRYPTION_KEY")? {
            okta = okta.encryption_key(key);
        }
        if let Some(code) = self.text("OKTA_SETUP_CODE")? {
            okta = okta.setup_code(code);
        }
        if let Some(group) = self.text("OKTA_ADMIN_GROUP")? {
            okta = okta.admin_group(group);
        }
        if let Some(connection) = self.connection()? {
            okta = okta.managed_connection(connection);
        }
        Ok(okta)
    }

    /// An empty variable counts as not set.
    fn text(&self, name: &'static str) -> Result<Option<String>, EnvironmentError> {
        match (self.0)(name) {
            Some(Ok(value)) => Ok(Some(value).filter(|value| !value.trim().is_empty())),
            Some(Err(())) => Err(invalid(name, "is not valid UTF-8")),
            None => Ok(None),
        }
    }

    fn switch(&self, name: &'static str) -> Result<bool, EnvironmentError> {
        let Some(value) = self.text(name)? else {
            return Ok(false);
        };
        match value.trim().to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "on" => Ok(true),
            "0" | "false" | "no" | "off" => Ok(false),
            _ => Err(invalid(name, "must be true or false")),
        }
    }

    /// Networks such as `10.0.0.0/8`, or single addresses.
    fn networks(&self, name: &'static str) -> Result<Vec<IpNet>, EnvironmentError> {
        let value = self.text(name)?.unwrap_or_default();
        let parts = value.split(',').map(str::trim);
        parts
            .filter(|part| !part.is_empty())
            .map(|part| {
                let network = part.parse();
                network
                    .or_else(|_| part.parse::<IpAddr>().map(IpNet::from))
                    .map_err(|_| {
                        let problem = format!(
                            "contains `{part}`, which is neither an address nor a network such as 10.0.0.0/8"
                        );
                        invalid(name, problem)
                    })
            })
            .collect()
    }
}

fn invalid(name: &'static str, problem: impl Into<String>) -> EnvironmentError {
    EnvironmentError::Invalid {
        name,
        problem: problem.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, collections::BTreeSet};

    use super::*;

    const GUIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/deploy.md");

    /// An environment of just these.
    pub(super) fn variables<'v>(
        set: &'v [(&'v str, &'v str)],
    ) -> Variables<impl Fn(&str) -> Option<Result<String, ()>>> {
        Variables(move |name: &str| {
            let (_, value) = set.iter().find(|(known, _)| *known == name)?;
            Some(Ok((*value).to_owned()))
        })
    }

    /// What begins with LEPTOS_ is Leptos', apart from the address.
    #[test]
    fn the_guide_and_the_documentation_list_every_variable_and_no_other() {
        let asked = RefCell::new(BTreeSet::new());
        let nothing_is_set = Variables(|name: &str| {
            asked.borrow_mut().insert(name.to_owned());
            None
        });
        let _builder = nothing_is_set.builder().unwrap();

        let ours = |name: &&str| {
            name.starts_with("OKTA_") || name.starts_with("IDP_") || *name == "LEPTOS_SITE_ADDR"
        };
        let listed = |text: &str| -> BTreeSet<String> {
            let words = text.split(|letter: char| !letter.is_ascii_uppercase() && letter != '_');
            words.filter(ours).map(str::to_owned).collect()
        };
        let guide = std::fs::read_to_string(GUIDE).unwrap();
        let rows = guide.lines().filter(|line| line.starts_with("| `"));
        let guide: String = rows.filter_map(|row| row.split('|').nth(1)).collect();
        let documentation = include_str!("mod.rs").lines();
        let documentation = documentation.filter(|line| line.trim_start().starts_with("///"));
        let asked = asked.take();
        assert_eq!(listed(&guide), asked);
        assert_eq!(listed(&documentation.collect::<String>()), asked);
    }

    #[test]
    fn a_switch_is_understood_however_it_is_written_and_nothing_else_is() {
        for (value, on) in [
            ("1", true),
            ("True", true),
            ("YES", true),
            ("on ", true),
            ("0", false),
            ("off", false),
            ("No", false),
            ("false", false),
            (" ", false),
        ] {
            assert_eq!(variables(&[("S", value)]).switch("S"), Ok(on), "{value}");
        }
        assert!(variables(&[("S", "maybe")]).switch("S").is_err());
    }

    #[test]
    fn networks_are_addresses_too_and_the_one_that_is_neither_is_named() {
        let networks = |value| variables(&[("N", value)]).networks("N");
        let expected = ["10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32"];
        assert_eq!(
            networks("10.0.0.0/8, 192.0.2.1,2001:db8::/32,").unwrap(),
            expected.map(|network| network.parse::<IpNet>().unwrap())
        );
        let error = networks("10.0.0.0/8,proxy.internal").unwrap_err();
        assert_eq!(
            error.to_string(),
            "N contains `proxy.internal`, which is neither an address nor a network such as 10.0.0.0/8"
        );
    }

    #[test]
    fn what_is_no_text_is_refused_by_name() {
        let variables = Variables(|name: &str| (name == "OKTA_BASE_URL").then_some(Err(())));
        let error = variables.builder().unwrap_err();
        assert_eq!(error.to_string(), "OKTA_BASE_URL is not valid UTF-8");
    }
}
