//! The server's configuration: environment variables and flags, all optional.

use std::net::{IpAddr, SocketAddr};

use axum_okta::{Okta, OktaBuilder, ipnet::IpNet};
use clap::{Parser, Subcommand};
use leptos::config::LeptosOptions;
use secrecy::{ExposeSecret, SecretString};

use crate::managed_connection::ManagedConnection;

/// The reference app of leptos_okta.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// Where to listen.
    #[arg(long, env = "LEPTOS_SITE_ADDR", default_value = "127.0.0.1:3000")]
    pub(crate) site_addr: SocketAddr,

    /// The folder with the built site.
    #[arg(long, env = "LEPTOS_SITE_ROOT", default_value = "target/site")]
    site_root: String,

    /// The origin that browsers see [default: http:// and the address].
    #[arg(long, env = "OKTA_BASE_URL")]
    base_url: Option<String>,

    /// Where to store.
    #[arg(
        long,
        env = "OKTA_DATABASE_URL",
        default_value = "sqlite:okta.db",
        hide_env_values = true
    )]
    database_url: String,

    /// 32 bytes in base64 that encrypt secrets at rest [default: a key file beside the database].
    #[arg(long, env = "OKTA_ENCRYPTION_KEY", hide_env_values = true)]
    encryption_key: Option<SecretString>,

    /// Lets the first admin in [default: made and printed on first start].
    #[arg(long, env = "OKTA_SETUP_CODE", hide_env_values = true)]
    setup_code: Option<SecretString>,

    /// Allow http:// issuers on loopback, for development and tests.
    #[arg(long, env = "OKTA_ALLOW_HTTP_ISSUER")]
    allow_http_issuer: bool,

    /// Allow issuers at private addresses, for a company's internal provider.
    #[arg(long, env = "OKTA_ALLOW_PRIVATE_ISSUER")]
    allow_private_issuer: bool,

    /// Proxies in front of this server, whose X-Forwarded-For is believed: addresses or networks,
    /// separated by commas.
    #[arg(long, env = "OKTA_TRUSTED_PROXIES", value_delimiter = ',', value_parser = network)]
    trusted_proxies: Vec<IpNet>,

    /// The group of Okta's whose members are admins of this app.
    #[arg(long, env = "OKTA_ADMIN_GROUP")]
    admin_group: Option<String>,

    #[command(flatten)]
    connection: ManagedConnection,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a new setup code, for when nobody can open the settings any more. Earlier codes are
    /// dead then.
    SetupCode,
}

impl Arguments {
    /// # Errors
    ///
    /// Which variables are missing, when the connection is given by half.
    pub(crate) fn okta(&self) -> anyhow::Result<OktaBuilder> {
        let base_url = self
            .base_url
            .clone()
            .unwrap_or_else(|| format!("http://{}", self.site_addr));
        let mut okta = Okta::builder()
            .base_url(base_url)
            .database(self.database_url.as_str())
            .allow_http_issuer(self.allow_http_issuer)
            .allow_private_issuer(self.allow_private_issuer)
            .trusted_proxies(self.trusted_proxies.iter().copied());
        if let Some(key) = given(self.encryption_key.as_ref()) {
            okta = okta.encryption_key(key);
        }
        if let Some(code) = given(self.setup_code.as_ref()) {
            okta = okta.setup_code(code);
        }
        if let Some(group) = self.admin_group.as_ref().filter(|group| !group.is_empty()) {
            okta = okta.admin_group(group);
        }
        if let Some(connection) = self.connection.form().map_err(anyhow::Error::msg)? {
            okta = okta.managed_connection(connection);
        }
        Ok(okta)
    }

    pub(crate) fn leptos_options(&self) -> LeptosOptions {
        LeptosOptions::builder()
            .output_name("leptos_okta")
            .site_root(self.site_root.as_str())
            .site_addr(self.site_addr)
            .build()
    }
}

/// `10.0.0.0/8`, or an address alone.
fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let network = text
        .parse()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network.map_err(|_| format!("`{text}` is neither an address nor a network such as 10.0.0.0/8"))
}

/// A variable set to nothing counts as not set.
fn given(value: Option<&SecretString>) -> Option<SecretString> {
    value
        .cloned()
        .filter(|value| !value.expose_secret().is_empty())
}

/// What the operator reads when a setup code was made.
pub(crate) fn setup_text(okta: &Okta, code: &SecretString) -> String {
    let link = okta.setup_link("/settings/okta", code);
    format!(
        "\nConnect Okta in the browser:\n\n    {}\n\nSetup code: {}\n",
        link.expose_secret(),
        code.expose_secret()
    )
}
