//! How long sessions last, and what tokens there are, for a connection from the environment.

use okta_types::ConnectionOptions;

use super::{EnvironmentError, Variables, invalid};

const IDLE: &str = "OKTA_IDLE_SECONDS";
const LIFETIME: &str = "OKTA_LIFETIME_SECONDS";
const RECHECK: &str = "OKTA_RECHECK_SECONDS";
const REFRESH_TOKENS: &str = "OKTA_REFRESH_TOKENS";
const DPOP: &str = "OKTA_DPOP";

impl<F: Fn(&str) -> Option<Result<String, ()>>> Variables<F> {
    /// Those that are set, of the connection that is. For another one they would be chosen on the
    /// settings page, so that nobody takes them for its own.
    pub(super) fn add_options(
        &self,
        options: Option<&mut ConnectionOptions>,
    ) -> Result<(), EnvironmentError> {
        let Some(options) = options else {
            return self.refuse_without_connection();
        };
        if let Some(seconds) = self.seconds(IDLE)? {
            options.idle_seconds = seconds;
        }
        if let Some(seconds) = self.seconds(LIFETIME)? {
            if seconds == 0 {
                return Err(invalid(LIFETIME, "must be at least 1"));
            }
            options.lifetime_seconds = Some(seconds);
        }
        if let Some(seconds) = self.seconds(RECHECK)? {
            options.recheck_seconds = seconds;
        }
        options.refresh_tokens = self.switch(REFRESH_TOKENS)?;
        options.dpop = self.switch(DPOP)?;
        Ok(())
    }

    fn refuse_without_connection(&self) -> Result<(), EnvironmentError> {
        for name in [IDLE, LIFETIME, RECHECK, REFRESH_TOKENS, DPOP] {
            if self.text(name)?.is_some() {
                let problem = "is set without a connection. Set one by OKTA_CLIENT_ID, OKTA_CLIENT_SECRET, and \
                               OKTA_ISSUER_URI, or unset it and choose on the settings page";
                return Err(invalid(name, problem));
            }
        }
        Ok(())
    }

    fn seconds(&self, name: &'static str) -> Result<Option<u64>, EnvironmentError> {
        let Some(value) = self.text(name)? else {
            return Ok(None);
        };
        let seconds = value.trim().parse();
        let seconds = seconds.map_err(|_| invalid(name, "must be a whole number of seconds"))?;
        Ok(Some(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::variables;
    use super::*;

    const CONNECTION: [(&str, &str); 3] = [
        ("IDP_CLIENT_ID", "0oa1"),
        ("IDP_CLIENT_SECRET", "hunter2"),
        ("IDP_PROVIDER_URL", "https://dev-1.okta.com"),
    ];

    fn options(more: &[(&str, &str)]) -> Result<ConnectionOptions, EnvironmentError> {
        let set = [&CONNECTION, more].concat();
        let form = variables(&set).connection()?;
        Ok(form.expect("a connection").options)
    }

    #[test]
    fn lifetimes_and_tokens_are_options_of_the_connection() {
        assert_eq!(options(&[]), Ok(ConnectionOptions::default()));
        let all = [
            (IDLE, "0"),
            (LIFETIME, " 28800"),
            (RECHECK, "300"),
            (REFRESH_TOKENS, "yes"),
            (DPOP, "on"),
        ];
        let mut expected = ConnectionOptions::default();
        expected.idle_seconds = 0;
        expected.lifetime_seconds = Some(28_800);
        expected.recheck_seconds = 300;
        expected.refresh_tokens = true;
        expected.dpop = true;
        assert_eq!(options(&all), Ok(expected));
    }

    #[test]
    fn what_is_no_number_or_belongs_to_no_connection_is_named() {
        for (name, value) in [
            (IDLE, "1h"),
            (LIFETIME, "-1"),
            (LIFETIME, "0"),
            (RECHECK, "soon"),
            (REFRESH_TOKENS, "maybe"),
            (DPOP, "maybe"),
        ] {
            let error = options(&[(name, value)]).unwrap_err();
            assert!(error.to_string().starts_with(name), "{error}");
            let alone = variables(&[(name, value)]).connection().unwrap_err();
            let alone = alone.to_string();
            assert!(
                alone.starts_with(name) && alone.contains("without a connection"),
                "{alone}"
            );
        }
    }
}
