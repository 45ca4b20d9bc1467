//! From what there is to a configuration.

use okta_types::AdminSummary;
use secrecy::ExposeSecret;

use super::{
    AdminEntry, Configuration, ConfigurationError, ConnectionEntry, DomainEntry, Secrets,
    stored::Stored,
};
use crate::{
    services::Services,
    store::{ConnectionConfig, Domain},
};

pub(super) async fn export(
    services: &Services,
    secrets: Secrets,
) -> Result<Configuration, ConfigurationError> {
    let mut stored = Stored::read(&services.store).await?;
    let connections = std::mem::take(&mut stored.connections);
    let mut connections: Vec<ConnectionConfig> = connections.into_values().collect();
    connections.retain(|config| !services.connections.is_managed(&config.name));
    connections.sort_by(|one, other| one.name.cmp(&other.name));
    let entries = connections.into_iter();
    let entries = entries.map(|config| entry(config, &mut stored, secrets));
    Ok(Configuration::new(entries.collect()))
}

fn entry(config: ConnectionConfig, stored: &mut Stored, secrets: Secrets) -> ConnectionEntry {
    let name = &config.name;
    let mut entry = ConnectionEntry::new(name, &config.issuer, &config.client_id);
    if secrets == Secrets::Included {
        let secret = config.client_secret.expose_secret();
        entry.client_secret = (!secret.is_empty()).then(|| secret.to_owned());
        let token = config.api_token.as_ref();
        entry.api_token = token.map(|token| token.expose_secret().to_owned());
    }
    entry.roles = Some(stored.tables.remove(name).unwrap_or_default());
    let domains = stored.domains.remove(name).unwrap_or_default();
    entry.domains = Some(domains.into_iter().map(domain).collect());
    let admins = stored.admins.remove(name).unwrap_or_default();
    entry.admins = Some(admins.into_iter().map(admin).collect());
    entry.key_rotations = stored.key_rotations.remove(name);
    // Also where it is none, as with all the rest: a file brings back what there was.
    let branding = stored.brandings.get(&config.standing.organization);
    entry.branding = Some(branding.cloned().unwrap_or_default());
    entry.organization = Some(config.standing.organization);
    entry.enabled = config.standing.enabled;
    entry.listed = config.standing.listed;
    entry.place = config.standing.place;
    entry.sign_in_policy = config.sign_in_policy;
    entry.options = config.options;
    entry
}

fn domain(domain: Domain) -> DomainEntry {
    let mut entry = DomainEntry::new(domain.name).verified(domain.verified_at.is_some());
    entry.proof = Some(domain.proof);
    entry
}

fn admin(admin: AdminSummary) -> AdminEntry {
    let mut entry = AdminEntry::new(admin.issuer, admin.subject);
    entry.name = admin.name;
    entry
}
