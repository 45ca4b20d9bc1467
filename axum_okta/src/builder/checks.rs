//! What was set, checked before anything is opened.

use okta_types::Outcome;
use url::Url;

use super::{OktaBuilder, OpenError};
use crate::{
    connection::{CONNECTION, parse},
    http::client_address::TrustedProxies,
    okta::Fixed,
    outbound::{AddressPolicy, HttpClient, is_loopback},
    paths::Paths,
    store::ConnectionConfig,
};

impl OktaBuilder {
    pub(crate) fn fixed(&self) -> Result<Fixed, OpenError> {
        Ok(Fixed {
            base_url: self.checked_base_url()?,
            paths: Paths::below(&self.checked_prefix()?),
            settings_page: self.settings_page.clone(),
            session_lifetime: self.session_lifetime,
            allow_http_issuer: self.allow_http_issuer,
            trusted_proxies: TrustedProxies::new(self.trusted_proxies.clone()),
            csrf_exempt: self.checked_csrf_exempt()?,
            setup_code: self.setup_code.clone(),
            on_signed_in: self.on_signed_in.clone(),
            organization_of: self.organization_of.clone(),
        })
    }

    pub(super) fn parsed_connection(&self) -> Result<Option<ConnectionConfig>, OpenError> {
        let Some(given) = &self.managed_connection else {
            return Ok(None);
        };
        let parsed = parse::connection(CONNECTION, given, self.allow_http_issuer, None);
        parsed.map(Some).map_err(|report| {
            let failed = report
                .checks
                .into_iter()
                .find(|check| check.outcome == Outcome::Failed);
            OpenError::Connection(failed.map(|check| check.message).unwrap_or_default())
        })
    }

    pub(super) fn http_client(&self) -> Result<HttpClient, OpenError> {
        let policy = AddressPolicy {
            loopback: self.allow_http_issuer,
            private: self.allow_private_issuer,
        };
        let mut roots = Vec::new();
        for pem in &self.root_certificates {
            let parsed = reqwest::Certificate::from_pem_bundle(pem)
                .map_err(|error| OpenError::RootCertificate(error.into()))?;
            if parsed.is_empty() {
                let reason = "it contains no certificate";
                return Err(OpenError::RootCertificate(reason.into()));
            }
            roots.extend(parsed);
        }
        let has_roots = !roots.is_empty();
        HttpClient::new(policy, self.okta_timeout, &roots).map_err(|error| match has_roots {
            // They are parsed only here.
            true => OpenError::RootCertificate(error.into()),
            false => OpenError::Http(error.into()),
        })
    }

    fn checked_base_url(&self) -> Result<Url, OpenError> {
        let base_url = Url::parse(&self.base_url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .filter(|url| url.path() == "/" && url.query().is_none() && url.fragment().is_none())
            .filter(|url| url.username().is_empty() && url.password().is_none())
            .ok_or_else(|| OpenError::BaseUrl(self.base_url.clone()))?;
        if base_url.scheme() == "http" && !is_loopback(&base_url) {
            tracing::warn!(
                "the base URL {base_url} uses http, so session cookies and sign-ins travel in clear text. Serve the \
                 app over https"
            );
        }
        Ok(base_url)
    }

    /// `auth`, `/auth` and `/auth/` are the same.
    fn checked_prefix(&self) -> Result<String, OpenError> {
        let segments = self.prefix.trim_matches('/');
        if segments.is_empty() {
            return Ok(String::new());
        }
        let is_segment = |segment: &str| {
            !matches!(segment, "" | "." | "..")
                && segment
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        if !segments.split('/').all(is_segment) {
            return Err(OpenError::Prefix(self.prefix.clone()));
        }
        Ok(format!("/{segments}"))
    }

    fn checked_csrf_exempt(&self) -> Result<matchit::Router<()>, OpenError> {
        let mut paths = matchit::Router::new();
        for path in &self.csrf_exempt {
            let inserted = path.starts_with('/') && paths.insert(path, ()).is_ok();
            if !inserted {
                return Err(OpenError::CsrfExempt(path.clone()));
            }
        }
        Ok(paths)
    }
}
