//! From a configuration to what has to be changed, without changing anything.

use std::collections::HashSet;

use okta_types::{
    AdminSummary, Branding, ConnectionForm, GroupsFrom, Outcome, RoleTable, SettingsRefusal,
};

use super::{
    AdminEntry, AppliedChange, AppliedKind, Configuration, ConnectionEntry, DomainEntry,
    EntryError, stored::Stored,
};
use crate::{
    branding,
    connection::{self, CONNECTION, domain_of, parse},
    random_token,
    settings::{changed_roles, checked_table},
    store::{ConnectionConfig, Domain, Standing},
};

/// What there is and what is to be.
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    pub(super) unchanged: usize,
}

/// The change of one connection.
pub(super) struct Step {
    pub(super) change: AppliedChange,
    pub(super) what: What,
}

pub(super) enum What {
    Put(Box<Put>),
    Delete { organization: String },
}

/// Each part is `None` if it stays as it is.
#[derive(Default)]
pub(super) struct Put {
    pub(super) config: Option<ConnectionConfig>,
    pub(super) table: Option<RoleTable>,
    pub(super) domains: Option<Vec<Domain>>,
    pub(super) admins: Option<Admins>,
    /// The organization, and how it looks.
    pub(super) branding: Option<(String, Branding)>,
    pub(super) key_rotations: Option<u64>,
}

/// Who is to be a named admin, and who no longer is.
pub(super) struct Admins {
    pub(super) named: Vec<AdminEntry>,
    pub(super) removed: Vec<AdminSummary>,
}

/// Collects what is wrong, so that all of it is said at once.
pub(super) struct Planner<'p> {
    pub(super) stored: &'p Stored,
    allow_http: bool,
    errors: Vec<EntryError>,
}

impl Plan {
    pub(super) fn of(
        configuration: &Configuration,
        stored: &Stored,
        managed: Option<&str>,
        prune: bool,
        allow_http: bool,
    ) -> Result<Self, Vec<EntryError>> {
        let mut planner = Planner {
            stored,
            allow_http,
            errors: Vec::new(),
        };
        let mut names = HashSet::new();
        let mut final_configs = Vec::new();
        let mut plan = Self {
            steps: Vec::new(),
            unchanged: 0,
        };
        for entry in &configuration.connections {
            let name = entry.name.as_str();
            if !parse::is_name(name) {
                let reason = SettingsRefusal::MalformedName.to_string();
                planner.error(name, "name", reason);
                continue;
            }
            if !names.insert(name) {
                planner.error(name, "name", "Another connection has this name.");
                continue;
            }
            if managed == Some(name) {
                planner.error(name, "", SettingsRefusal::Managed.to_string());
                continue;
            }
            let Some(config) = planner.config(entry) else {
                continue;
            };
            final_configs.push(config.clone());
            let before = stored.connections.get(name);
            match planner.step(entry, before, config) {
                Some(step) => plan.steps.push(step),
                None => plan.unchanged += 1,
            }
        }
        let mut rest: Vec<&ConnectionConfig> = stored
            .connections
            .values()
            .filter(|config| !names.contains(config.name.as_str()))
            .filter(|config| managed != Some(config.name.as_str()))
            .collect();
        rest.sort_by(|one, other| one.name.cmp(&other.name));
        for config in rest {
            match prune {
                true => plan.steps.push(deletion(config)),
                false => final_configs.push(config.clone()),
            }
        }
        planner.refuse_same_apps(&final_configs);
        planner.refuse_same_domains(configuration, &names, prune);
        planner.refuse_other_brandings(&configuration.connections);
        match planner.errors.is_empty() {
            true => Ok(plan),
            false => Err(planner.errors),
        }
    }
}

/// The organization whose connection it is to be.
pub(super) fn organization_of(entry: &ConnectionEntry) -> &str {
    entry.organization.as_deref().unwrap_or(&entry.name)
}

fn deletion(config: &ConnectionConfig) -> Step {
    Step {
        change: AppliedChange {
            connection: config.name.clone(),
            kind: AppliedKind::Deleted,
            detail: config.issuer.clone(),
        },
        what: What::Delete {
            organization: config.standing.organization.clone(),
        },
    }
}

impl Planner<'_> {
    pub(super) fn error(&mut self, connection: &str, field: &str, reason: impl Into<String>) {
        self.errors.push(EntryError {
            connection: parse::shortened(connection),
            field: field.to_owned(),
            reason: reason.into(),
        });
    }

    /// The connection as it is to be.
    fn config(&mut self, entry: &ConnectionEntry) -> Option<ConnectionConfig> {
        let name = entry.name.as_str();
        let before = self.stored.connections.get(name);
        let secret = entry.client_secret.clone().unwrap_or_default();
        let mut form = ConnectionForm::new(&entry.client_id, secret, &entry.issuer);
        form.api_token = entry.api_token.clone().unwrap_or_default();
        form.options = entry.options.clone();
        let mut config = match parse::connection(name, &form, self.allow_http, before) {
            Ok(config) => config,
            Err(report) => {
                let failed = report.checks.into_iter();
                for check in failed.filter(|check| check.outcome == Outcome::Failed) {
                    let field = check.field.unwrap_or_default();
                    self.error(name, &field, check.message);
                }
                return None;
            }
        };
        let Some(policy) = parse::sign_in_policy(&entry.sign_in_policy) else {
            let reason = SettingsRefusal::MalformedPolicy.to_string();
            self.error(name, "sign_in_policy", reason);
            return None;
        };
        if !policy.groups.is_empty() && config.options.groups_from == GroupsFrom::Nowhere {
            let reason = SettingsRefusal::PolicyNeedsGroups.to_string();
            self.error(name, "sign_in_policy", reason);
            return None;
        }
        config.sign_in_policy = policy;
        let organization = organization_of(entry);
        if !parse::is_name(organization) {
            let reason = SettingsRefusal::MalformedName.to_string();
            self.error(name, "organization", reason);
            return None;
        }
        if name == CONNECTION && !entry.enabled {
            let reason = "Admins of the whole app sign in through it, so it stays enabled.";
            self.error(name, "enabled", reason);
            return None;
        }
        let was_enabled = before.is_some_and(|before| before.standing.enabled);
        config.standing = Standing {
            organization: organization.to_owned(),
            enabled: entry.enabled,
            listed: entry.listed,
            place: entry.place,
        };
        if was_enabled && !entry.enabled {
            // Sessions don't come back when it is enabled again.
            config.id = random_token();
        }
        Some(config)
    }

    /// What has to be changed of a connection; nothing if it is as it is to be.
    fn step(
        &mut self,
        entry: &ConnectionEntry,
        before: Option<&ConnectionConfig>,
        config: ConnectionConfig,
    ) -> Option<Step> {
        let name = entry.name.as_str();
        let mut put = Put::default();
        let mut details = Vec::new();
        if before.is_none_or(|before| !before.is_same_as(&config)) {
            details.push(connection::changes(before, &config));
            put.config = Some(config);
        }
        if let Some((table, detail)) = self.table(entry) {
            details.push(format!("roles: {detail}"));
            put.table = Some(table);
        }
        if let Some((domains, detail)) = self.domains(entry) {
            details.push(format!("domains: {detail}"));
            put.domains = Some(domains);
        }
        if let Some((admins, detail)) = self.admins(entry) {
            details.push(format!("admins: {detail}"));
            put.admins = Some(admins);
        }
        if let Some(branding) = self.branding(entry) {
            details.push(format!("branding: {}", branding.name));
            put.branding = Some((organization_of(entry).to_owned(), branding));
        }
        let rotations = self.stored.key_rotations.get(name).copied();
        if let Some(count) = entry.key_rotations
            && count != rotations.unwrap_or_default()
        {
            details.push(format!("key rotations {count}"));
            put.key_rotations = Some(count);
        }
        if details.is_empty() {
            return None;
        }
        let kind = match before {
            Some(_) => AppliedKind::Changed,
            None => AppliedKind::Created,
        };
        Some(Step {
            change: AppliedChange {
                connection: name.to_owned(),
                kind,
                detail: details.join(", "),
            },
            what: What::Put(Box::new(put)),
        })
    }

    fn table(&mut self, entry: &ConnectionEntry) -> Option<(RoleTable, String)> {
        let table = match checked_table(entry.roles.as_ref()?) {
            Ok(table) => table,
            Err(refusal) => {
                self.error(&entry.name, "roles", refusal.to_string());
                return None;
            }
        };
        let before = self.stored.tables.get(&entry.name).cloned();
        let before = before.unwrap_or_default();
        (table != before).then(|| {
            let detail = changed_roles(&before, &table);
            (table, detail)
        })
    }

    fn domains(&mut self, entry: &ConnectionEntry) -> Option<(Vec<Domain>, String)> {
        let before: &[Domain] = self
            .stored
            .domains
            .get(&entry.name)
            .map_or(&[], Vec::as_slice);
        let mut domains: Vec<Domain> = Vec::new();
        for (at, typed) in entry.domains.as_ref()?.iter().enumerate() {
            let Some(name) = domain_of(&typed.name) else {
                let reason = SettingsRefusal::MalformedDomain.to_string();
                self.error(&entry.name, &format!("domains/{at}"), reason);
                continue;
            };
            let known = before.iter().find(|known| known.name == name);
            domains.push(domain(name, typed, known));
        }
        domains.sort_by(|one, other| one.name.cmp(&other.name));
        domains.dedup_by(|one, other| one.name == other.name);
        let is_verified = |domain: &Domain| domain.verified_at.is_some();
        let as_is = domains.len() == before.len()
            && domains.iter().zip(before).all(|(one, other)| {
                one.name == other.name
                    && one.proof == other.proof
                    && is_verified(one) == is_verified(other)
            });
        let shown = |domain: &Domain| match is_verified(domain) {
            true => format!("{} (verified)", domain.name),
            false => domain.name.clone(),
        };
        let detail = match domains.is_empty() {
            true => "none".to_owned(),
            false => domains.iter().map(shown).collect::<Vec<_>>().join(", "),
        };
        (!as_is).then_some((domains, detail))
    }

    /// How the connection's organization is to look, if that is not how it looks.
    fn branding(&mut self, entry: &ConnectionEntry) -> Option<Branding> {
        let branding = match branding::checked(entry.branding.as_ref()?) {
            Ok(branding) => branding,
            Err(refusal) => {
                self.error(&entry.name, "branding", refusal.to_string());
                return None;
            }
        };
        let before = self.stored.brandings.get(organization_of(entry));
        let before = before.cloned().unwrap_or_default();
        (branding != before).then_some(branding)
    }

    fn admins(&self, entry: &ConnectionEntry) -> Option<(Admins, String)> {
        let typed = entry.admins.as_ref()?;
        let before = self.stored.admins.get(&entry.name);
        let before: &[AdminSummary] = before.map_or(&[], Vec::as_slice);
        let is_same = |typed: &AdminEntry, known: &AdminSummary| {
            typed.issuer == known.issuer && typed.subject == known.subject
        };
        let removed = before.iter();
        let removed = removed.filter(|known| !typed.iter().any(|typed| is_same(typed, known)));
        let removed: Vec<AdminSummary> = removed.cloned().collect();
        let is_known = |typed: &AdminEntry| before.iter().any(|known| is_same(typed, known));
        if removed.is_empty() && typed.iter().all(is_known) {
            return None;
        }
        let detail = match typed.is_empty() {
            true => "none".to_owned(),
            false => {
                let subjects = typed.iter().map(|admin| admin.subject.as_str());
                subjects.collect::<Vec<_>>().join(", ")
            }
        };
        let named = typed.clone();
        Some((Admins { named, removed }, detail))
    }
}

fn domain(name: String, typed: &DomainEntry, known: Option<&Domain>) -> Domain {
    let proof = typed.proof.clone().filter(|proof| !proof.is_empty());
    let proof = proof.or_else(|| known.map(|known| known.proof.clone()));
    let verified_at = known.and_then(|known| known.verified_at);
    Domain {
        name,
        proof: proof.unwrap_or_else(random_token),
        verified_at: typed
            .verified
            .then(|| verified_at.unwrap_or_else(crate::store::now)),
    }
}
