//! A connection from the environment: our own names, or those that people who come from Pomerium
//! have set already.

use axum_okta::connection::{ConnectionForm, GroupsFrom};
use base64::{Engine, prelude::BASE64_STANDARD};
use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// All of it or nothing: what is missing is named.
#[derive(Args)]
pub(crate) struct ManagedConnection {
    /// Client ID of the Okta app. With secret and issuer given here, no setup in the browser is
    /// needed.
    #[arg(long, env = "OKTA_CLIENT_ID")]
    client_id: Option<String>,

    /// Client secret of the Okta app.
    #[arg(long, env = "OKTA_CLIENT_SECRET", hide_env_values = true)]
    client_secret: Option<SecretString>,

    /// Issuer URI: the Okta domain, or one of its authorization servers.
    #[arg(long, env = "OKTA_ISSUER_URI")]
    issuer_uri: Option<String>,

    /// API token; with it groups come from Okta's API, however many they are.
    #[arg(long, env = "OKTA_API_TOKEN", hide_env_values = true)]
    api_token: Option<SecretString>,

    /// Pomerium's name for the issuer URI.
    #[arg(long, env = "IDP_PROVIDER_URL", hide = true)]
    idp_provider_url: Option<String>,

    /// Pomerium's name for the client ID.
    #[arg(long, env = "IDP_CLIENT_ID", hide = true)]
    idp_client_id: Option<String>,

    /// Pomerium's name for the client secret.
    #[arg(long, env = "IDP_CLIENT_SECRET", hide = true, hide_env_values = true)]
    idp_client_secret: Option<SecretString>,

    /// Pomerium's name for the API token: the token, or base64 of `{"api_key": "…"}`.
    #[arg(long, env = "IDP_SERVICE_ACCOUNT", hide = true, hide_env_values = true)]
    idp_service_account: Option<SecretString>,
}

impl ManagedConnection {
    /// The connection, if one is given.
    pub(crate) fn form(&self) -> Result<Option<ConnectionForm>, String> {
        let of_ours = Names {
            client_id: ("OKTA_CLIENT_ID", text(self.client_id.as_deref())),
            client_secret: ("OKTA_CLIENT_SECRET", secret(self.client_secret.as_ref())),
            issuer: ("OKTA_ISSUER_URI", text(self.issuer_uri.as_deref())),
            api_token: ("OKTA_API_TOKEN", secret(self.api_token.as_ref())),
        };
        let of_pomerium = Names {
            client_id: ("IDP_CLIENT_ID", text(self.idp_client_id.as_deref())),
            client_secret: ("IDP_CLIENT_SECRET", secret(self.idp_client_secret.as_ref())),
            issuer: ("IDP_PROVIDER_URL", text(self.idp_provider_url.as_deref())),
            api_token: (
                "IDP_SERVICE_ACCOUNT",
                secret(self.idp_service_account.as_ref()).map(api_key),
            ),
        };
        match (of_ours.form()?, of_pomerium.form()?) {
            (Some(_), Some(_)) => Err(
                "a connection is given twice, by OKTA_… and by IDP_…: unset one of them".to_owned(),
            ),
            (ours, pomeriums) => Ok(ours.or(pomeriums)),
        }
    }
}

/// One family of variables: each by its name, with its value if it is set.
struct Names {
    client_id: (&'static str, Option<String>),
    client_secret: (&'static str, Option<String>),
    issuer: (&'static str, Option<String>),
    api_token: (&'static str, Option<String>),
}

impl Names {
    fn form(self) -> Result<Option<ConnectionForm>, String> {
        let required = [&self.client_id, &self.client_secret, &self.issuer];
        let set: Vec<&str> = required
            .into_iter()
            .chain([&self.api_token])
            .filter(|(_, value)| value.is_some())
            .map(|(name, _)| *name)
            .collect();
        let missing: Vec<&str> = required
            .into_iter()
            .filter(|(_, value)| value.is_none())
            .map(|(name, _)| *name)
            .collect();
        if set.is_empty() {
            return Ok(None);
        }
        if !missing.is_empty() {
            return Err(format!(
                "the connection is given by half: {} set, {} missing. Set all three, or none and connect in the browser",
                set.join(", "),
                missing.join(", ")
            ));
        }
        let groups_from = match self.api_token.1 {
            Some(_) => GroupsFrom::Api,
            None => GroupsFrom::Claim,
        };
        let mut form = ConnectionForm::new(
            self.client_id.1.unwrap_or_default(),
            self.client_secret.1.unwrap_or_default(),
            self.issuer.1.unwrap_or_default(),
        );
        form.api_token = self.api_token.1.unwrap_or_default();
        form.options.groups_from = groups_from;
        Ok(Some(form))
    }
}

/// A variable set to nothing counts as not set.
fn text(value: Option<&str>) -> Option<String> {
    value
        .filter(|value| !value.trim().is_empty())
        .map(str::to_owned)
}

fn secret(value: Option<&SecretString>) -> Option<String> {
    text(value.map(ExposeSecret::expose_secret))
}

/// <https://www.pomerium.com/docs/identity-providers/okta>: the token within JSON within base64. Whatever is not that is
/// the token itself.
fn api_key(service_account: String) -> String {
    #[derive(Deserialize)]
    struct ServiceAccount {
        api_key: String,
    }
    let json = BASE64_STANDARD.decode(service_account.trim()).ok();
    let parsed = json.and_then(|json| serde_json::from_slice::<ServiceAccount>(&json).ok());
    parsed.map_or(service_account, |account| account.api_key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing() -> ManagedConnection {
        ManagedConnection {
            client_id: None,
            client_secret: None,
            issuer_uri: None,
            api_token: None,
            idp_provider_url: None,
            idp_client_id: None,
            idp_client_secret: None,
            idp_service_account: None,
        }
    }

    fn of_ours() -> ManagedConnection {
        ManagedConnection {
            client_id: Some("0oa1".into()),
            client_secret: Some("hunter2".to_owned().into()),
            issuer_uri: Some("dev-1-admin.okta.com".into()),
            ..nothing()
        }
    }

    #[test]
    fn three_variables_are_a_connection_and_none_are_none() {
        let form = of_ours().form().unwrap().unwrap();
        assert_eq!(form.client_id, "0oa1");
        assert_eq!(form.client_secret, "hunter2");
        assert_eq!(form.options.groups_from, GroupsFrom::Claim);
        assert_eq!(nothing().form(), Ok(None));
        let empty = ManagedConnection {
            client_id: Some(" ".into()),
            ..nothing()
        };
        assert_eq!(empty.form(), Ok(None));
    }

    #[test]
    fn half_of_them_names_the_missing_ones_and_no_secret() {
        let half = ManagedConnection {
            client_id: None,
            issuer_uri: None,
            ..of_ours()
        };
        let error = half.form().unwrap_err();
        assert!(error.contains("OKTA_CLIENT_SECRET set, OKTA_CLIENT_ID, OKTA_ISSUER_URI missing"));
        assert!(!error.contains("hunter2"));
        let token_alone = ManagedConnection {
            api_token: Some("00token".to_owned().into()),
            ..nothing()
        };
        assert!(token_alone.form().is_err());
    }

    #[test]
    fn with_an_api_token_groups_come_from_the_api() {
        let connection = ManagedConnection {
            api_token: Some("00token".to_owned().into()),
            ..of_ours()
        };
        let form = connection.form().unwrap().unwrap();
        assert_eq!(form.options.groups_from, GroupsFrom::Api);
        assert_eq!(form.api_token, "00token");
    }

    #[test]
    fn pomeriums_names_are_understood_and_its_wrapped_token() {
        for account in ["00token", "eyJhcGlfa2V5IjogIjAwdG9rZW4ifQ=="] {
            let connection = ManagedConnection {
                idp_provider_url: Some("https://dev-1-admin.okta.com".into()),
                idp_client_id: Some("0oa1".into()),
                idp_client_secret: Some("hunter2".to_owned().into()),
                idp_service_account: Some(account.to_owned().into()),
                ..nothing()
            };
            let form = connection.form().unwrap().unwrap();
            assert_eq!(form.api_token, "00token");
            assert_eq!(form.issuer, "https://dev-1-admin.okta.com");
        }
    }

    #[test]
    fn one_given_twice_is_refused() {
        let twice = ManagedConnection {
            idp_provider_url: Some("https://dev-1.okta.com".into()),
            idp_client_id: Some("0oa1".into()),
            idp_client_secret: Some("hunter2".to_owned().into()),
            ..of_ours()
        };
        assert!(twice.form().unwrap_err().contains("given twice"));
    }
}
