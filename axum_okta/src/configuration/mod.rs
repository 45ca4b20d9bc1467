//! The connections as data: written into a file, kept in version control, and applied. For an
//! operator's commands, as the reference server has them, and for an app's own.
//!
//! ```no_run
//! # async fn example(okta: axum_okta::Okta) -> Result<(), Box<dyn std::error::Error>> {
//! use axum_okta::configuration::{Apply, Secrets};
//!
//! let configuration = okta.export_configuration(Secrets::Omitted).await?;
//! let json = serde_json::to_string_pretty(&configuration)?;
//!
//! let planned = okta.apply_configuration(&configuration, Apply::default().dry_run(true)).await?;
//! assert!(planned.changes.is_empty());
//! # Ok(())
//! # }
//! ```

mod apply;
mod conflicts;
mod document;
mod export;
mod plan;
mod stored;

pub use document::{AdminEntry, Configuration, ConnectionEntry, DomainEntry};

use std::fmt;

use crate::{okta::Okta, services::Services, store::StoreError};

/// Whether client secrets and API tokens are exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Secrets {
    /// They are left out. When the configuration is applied, those that are stored stay.
    #[default]
    Omitted,
    /// They are included, readable.
    Included,
}

/// How a configuration is applied. The default carries it out and deletes nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Apply {
    /// Whether to say what would change, and change nothing. Default: off.
    pub dry_run: bool,
    /// Whether to delete the connections that the configuration doesn't have. Default: off.
    pub prune: bool,
}

impl Apply {
    /// Sets whether to say what would change, and change nothing.
    #[must_use]
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }

    /// Sets whether to delete the connections that the configuration doesn't have.
    #[must_use]
    pub fn prune(mut self, prune: bool) -> Self {
        self.prune = prune;
        self
    }
}

/// What was changed, or would be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Applied {
    /// What is changed, by the names of the connections.
    pub changes: Vec<AppliedChange>,
    /// How many connections of the configuration are as it says already.
    pub unchanged: usize,
}

/// What is changed of a connection.
///
/// Displays as a line: `+ acme: issuer https://acme.okta.com, client ID 0oa1`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AppliedChange {
    /// The connection's name.
    pub connection: String,
    /// What becomes of it.
    pub kind: AppliedKind,
    /// What exactly, without secrets.
    pub detail: String,
}

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AppliedKind {
    /// It is new.
    Created,
    /// It is different.
    Changed,
    /// It is gone.
    Deleted,
}

impl fmt::Display for AppliedChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.kind {
            AppliedKind::Created => '+',
            AppliedKind::Changed => '~',
            AppliedKind::Deleted => '-',
        };
        write!(f, "{sign} {}: {}", self.connection, self.detail)
    }
}

/// Why a configuration was not exported or applied. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigurationError {
    /// Some connections can't be as the configuration says.
    #[error("the configuration can't be applied, and nothing was changed:{}", listed(.0))]
    Entries(Vec<EntryError>),
    /// The plugin isn't open.
    #[error("the plugin isn't open. The log says why")]
    Closed,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is wrong with a connection of a configuration.
///
/// Displays as `acme, client_secret: The client secret is empty.`
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EntryError {
    /// The connection's name as it is written.
    pub connection: String,
    /// The field, as a name or a path such as `domains/0`; empty if it is about none.
    pub field: String,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for EntryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            connection,
            field,
            reason,
        } = self;
        match field.as_str() {
            "" => write!(f, "{connection}: {reason}"),
            field => write!(f, "{connection}, {field}: {reason}"),
        }
    }
}

/// More than anybody corrects at once.
const LISTED: usize = 20;

fn listed(errors: &[EntryError]) -> String {
    let lines = errors.iter().take(LISTED);
    let mut text: String = lines.map(|error| format!("\n  {error}")).collect();
    if let Some(more) = errors.len().checked_sub(LISTED).filter(|more| *more > 0) {
        text.push_str(&format!("\n  and {more} more"));
    }
    text
}

impl Okta {
    /// Returns the connections, with their options, roles, domains, named admins, and branding.
    /// Without the connection of the operator's, which is set elsewhere, and without organizations
    /// that are yet to be set up. Sessions, the audit trail, and admin
    /// tokens are no configuration.
    ///
    /// # Errors
    ///
    /// [`ConfigurationError::Closed`] if the plugin isn't open, [`ConfigurationError::Store`] if the
    /// database doesn't respond.
    pub async fn export_configuration(
        &self,
        secrets: Secrets,
    ) -> Result<Configuration, ConfigurationError> {
        export::export(self.open_services()?, secrets).await
    }

    /// Makes the connections as the configuration says: all of them, or, if one can't be, none.
    /// Applied again, it changes nothing. Okta isn't asked, so that the issuers have to be written
    /// exactly as in their discovery documents. Everything is in the audit trail.
    ///
    /// Other servers on the same PostgreSQL database use it at once. A server in another process on
    /// the same SQLite file uses it once it is restarted.
    ///
    /// # Errors
    ///
    /// [`ConfigurationError::Entries`] says which connections can't be as the configuration says,
    /// and why.
    pub async fn apply_configuration(
        &self,
        configuration: &Configuration,
        how: Apply,
    ) -> Result<Applied, ConfigurationError> {
        let services = self.open_services()?;
        apply::apply(
            services,
            configuration,
            how,
            self.shared().allow_http_issuer,
        )
        .await
    }

    fn open_services(&self) -> Result<&Services, ConfigurationError> {
        let services = self.services().map_err(|_| ConfigurationError::Closed)?;
        Ok(services)
    }
}
