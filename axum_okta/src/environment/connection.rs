//! A connection from the environment, under our own variable names or under Pomerium's.

use base64::{Engine, prelude::BASE64_STANDARD};
use okta_types::{ConnectionForm, GroupsFrom};
use serde::Deserialize;

use super::{EnvironmentError, Variables};

/// One family of variables.
struct Names {
    client_id: &'static str,
    client_secret: &'static str,
    issuer: &'static str,
    api_token: &'static str,
}

const OURS: Names = Names {
    client_id: "OKTA_CLIENT_ID",
    client_secret: "OKTA_CLIENT_SECRET",
    issuer: "OKTA_ISSUER_URI",
    api_token: "OKTA_API_TOKEN",
};

/// <https://www.pomerium.com/docs/identity-providers/okta>
const POMERIUMS: Names = Names {
    client_id: "IDP_CLIENT_ID",
    client_secret: "IDP_CLIENT_SECRET",
    issuer: "IDP_PROVIDER_URL",
    api_token: "IDP_SERVICE_ACCOUNT",
};

impl<F: Fn(&str) -> Option<Result<String, ()>>> Variables<F> {
    /// Returns the connection, if one is set. Setting only some of its variables is an error.
    pub(super) fn connection(&self) -> Result<Option<ConnectionForm>, EnvironmentError> {
        let mut connection = match (self.connection_by(&OURS)?, self.connection_by(&POMERIUMS)?) {
            (Some(_), Some(_)) => return Err(EnvironmentError::TwoConnections),
            (ours, pomeriums) => ours.or(pomeriums),
        };
        self.add_options(connection.as_mut().map(|form| &mut form.options))?;
        Ok(connection)
    }

    fn connection_by(&self, names: &Names) -> Result<Option<ConnectionForm>, EnvironmentError> {
        let client_id = self.text(names.client_id)?;
        let client_secret = self.text(names.client_secret)?;
        let issuer = self.text(names.issuer)?;
        let api_token = self.text(names.api_token)?.map(api_key);
        match (client_id, client_secret, issuer, api_token) {
            (None, None, None, None) => Ok(None),
            (Some(client_id), Some(client_secret), Some(issuer), api_token) => {
                let mut form = ConnectionForm::new(client_id, client_secret, issuer);
                if let Some(api_token) = api_token {
                    form.options.groups_from = GroupsFrom::Api;
                    form.api_token = api_token;
                }
                Ok(Some(form))
            }
            (client_id, client_secret, issuer, api_token) => {
                let required = [
                    (names.client_id, client_id.is_some()),
                    (names.client_secret, client_secret.is_some()),
                    (names.issuer, issuer.is_some()),
                ];
                let token = (names.api_token, api_token.is_some());
                Err(EnvironmentError::IncompleteConnection {
                    set: listed(required.into_iter().chain([token]), true),
                    missing: listed(required.into_iter(), false),
                })
            }
        }
    }
}

fn listed(variables: impl Iterator<Item = (&'static str, bool)>, set: bool) -> String {
    let names: Vec<&str> = variables
        .filter(|(_, is_set)| *is_set == set)
        .map(|(name, _)| name)
        .collect();
    names.join(", ")
}

/// Pomerium wraps the token in JSON in base64. Anything else is the token itself.
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
    use super::super::tests::variables;
    use super::*;

    const OF_OURS: [(&str, &str); 3] = [
        ("OKTA_CLIENT_ID", "0oa1"),
        ("OKTA_CLIENT_SECRET", "hunter2"),
        ("OKTA_ISSUER_URI", "dev-1-admin.okta.com"),
    ];
    const OF_POMERIUMS: [(&str, &str); 3] = [
        ("IDP_CLIENT_ID", "0oa1"),
        ("IDP_CLIENT_SECRET", "hunter2"),
        ("IDP_PROVIDER_URL", "https://dev-1-admin.okta.com"),
    ];

    #[test]
    fn three_variables_are_a_connection_and_none_are_none() {
        let form = variables(&OF_OURS).connection().unwrap().unwrap();
        assert_eq!(form.client_id, "0oa1");
        assert_eq!(form.client_secret, "hunter2");
        assert_eq!(form.issuer, "dev-1-admin.okta.com");
        assert_eq!(form.options.groups_from, GroupsFrom::Claim);
        assert_eq!(variables(&[]).connection(), Ok(None));
        let empty = [("OKTA_CLIENT_ID", " ")];
        assert_eq!(variables(&empty).connection(), Ok(None));
    }

    #[test]
    fn half_of_them_names_the_missing_ones_and_no_secret() {
        let half = variables(&OF_OURS[1..2]).connection().unwrap_err();
        let text = half.to_string();
        assert!(text.contains("OKTA_CLIENT_SECRET set, OKTA_CLIENT_ID, OKTA_ISSUER_URI missing"));
        assert!(!format!("{half:?}{text}").contains("hunter2"));
        let token_alone = [("OKTA_API_TOKEN", "00token")];
        assert!(variables(&token_alone).connection().is_err());
    }

    #[test]
    fn with_an_api_token_groups_come_from_the_api() {
        let set = [&OF_OURS[..], &[("OKTA_API_TOKEN", "00token")]].concat();
        let form = variables(&set).connection().unwrap().unwrap();
        assert_eq!(form.options.groups_from, GroupsFrom::Api);
        assert_eq!(form.api_token, "00token");
    }

    #[test]
    fn pomeriums_names_are_understood_and_its_wrapped_token() {
        for account in ["00token", "eyJhcGlfa2V5IjogIjAwdG9rZW4ifQ=="] {
            let set = [&OF_POMERIUMS[..], &[("IDP_SERVICE_ACCOUNT", account)]].concat();
            let form = variables(&set).connection().unwrap().unwrap();
            assert_eq!(form.api_token, "00token");
            assert_eq!(form.issuer, "https://dev-1-admin.okta.com");
        }
    }

    #[test]
    fn one_given_twice_is_refused() {
        let set = [OF_OURS, OF_POMERIUMS].concat();
        assert_eq!(
            variables(&set).connection(),
            Err(EnvironmentError::TwoConnections)
        );
    }
}
