//! What connections can't have in common, and what they must.

use std::collections::{HashMap, HashSet};

use okta_types::Branding;

use super::{
    Configuration, ConnectionEntry,
    plan::{Planner, organization_of},
};
use crate::{
    connection::{CONNECTION, domain_of, issuer::differ_by_slash_only},
    store::ConnectionConfig,
};

impl Planner<'_> {
    /// Two connections of one Okta app would be one to Okta.
    pub(super) fn refuse_same_apps(&mut self, configs: &[ConnectionConfig]) {
        let mut of_client: HashMap<&str, Vec<&ConnectionConfig>> = HashMap::new();
        for config in configs {
            let same = of_client.entry(&config.client_id).or_default();
            let twin = same
                .iter()
                .find(|other| differ_by_slash_only(&other.issuer, &config.issuer));
            if let Some(twin) = twin {
                let reason = format!("The connection {} has the same Okta app.", twin.name);
                self.error(&config.name, "client_id", reason);
            }
            same.push(config);
        }
    }

    /// A domain counts for one connection.
    pub(super) fn refuse_same_domains(
        &mut self,
        configuration: &Configuration,
        names: &HashSet<&str>,
        prune: bool,
    ) {
        let mut counting: HashMap<String, String> = HashMap::new();
        let with_domains = configuration.connections.iter();
        let with_domains = with_domains.filter(|entry| entry.domains.is_some());
        let replaced: HashSet<&str> = with_domains.map(|entry| entry.name.as_str()).collect();
        for (connection, domains) in &self.stored.domains {
            let name = connection.as_str();
            let is_pruned = prune
                && !names.contains(name)
                && name != CONNECTION
                && self.stored.connections.contains_key(name);
            if replaced.contains(name) || is_pruned {
                continue;
            }
            for domain in domains.iter().filter(|domain| domain.verified_at.is_some()) {
                counting.insert(domain.name.clone(), connection.clone());
            }
        }
        for entry in &configuration.connections {
            let typed = entry.domains.iter().flatten().enumerate();
            for (at, domain) in typed.filter(|(_, domain)| domain.verified) {
                let Some(domain) = domain_of(&domain.name) else {
                    continue;
                };
                let other = counting.insert(domain, entry.name.clone());
                if let Some(other) = other.filter(|other| *other != entry.name) {
                    let reason = format!("The domain is verified for the connection {other}.");
                    self.error(&entry.name, &format!("domains/{at}"), reason);
                }
            }
        }
    }

    /// Connections of one organization look the same.
    pub(super) fn refuse_other_brandings(&mut self, entries: &[ConnectionEntry]) {
        let mut brandings: HashMap<&str, (&str, &Branding)> = HashMap::new();
        for entry in entries {
            let Some(branding) = &entry.branding else {
                continue;
            };
            let (other, looks) = *brandings
                .entry(organization_of(entry))
                .or_insert((entry.name.as_str(), branding));
            if looks != branding {
                let reason = format!(
                    "The connection {other} is of the same organization and has another branding."
                );
                self.error(&entry.name, "branding", reason);
            }
        }
    }
}
