//! Carries a plan out, all of it or nothing.

use std::sync::Arc;

use okta_types::{Actor, AuditEntry, AuditEvent};

use super::{
    Applied, AppliedKind, Apply, Configuration, ConfigurationError,
    plan::{Admins, Plan, Put, Step, What},
    stored::Stored,
};
use crate::{
    audit::{self, Entries},
    connection::{
        CONNECTION, Connection, ConnectionChangeKind, delete_rows, end_access_of_former_org,
    },
    services::Services,
    store::{Change, KeyRotation, StoreError, now},
};

pub(super) async fn apply(
    services: &Services,
    configuration: &Configuration,
    how: Apply,
    allow_http: bool,
) -> Result<Applied, ConfigurationError> {
    let _turn = services.turns.of_all().await;
    // Until this change is over, no other one is under way, so what is read is what there is.
    let mut change = match how.dry_run {
        true => None,
        false => Some(services.store.change().await?),
    };
    let stored = Stored::read(&services.store).await?;
    let managed = services.connections.is_managed(CONNECTION);
    let managed = managed.then_some(CONNECTION);
    let plan = Plan::of(configuration, &stored, managed, how.prune, allow_http);
    let plan = plan.map_err(ConfigurationError::Entries)?;
    if let Some(change) = change.take().filter(|_| !plan.steps.is_empty()) {
        carry_out(change, &plan.steps).await?;
        let before = services.connections.all();
        services.connections.read_all_again().await?;
        tell(services, &plan.steps, &before);
        services.sessions.look_again();
    }
    let changes = plan.steps.into_iter().map(|step| step.change);
    Ok(Applied {
        changes: changes.collect(),
        unchanged: plan.unchanged,
    })
}

/// The app is told of each connection as it is now, or was.
fn tell(services: &Services, steps: &[Step], before: &[Arc<Connection>]) {
    let connections = &services.connections;
    for Step { change, .. } in steps {
        let name = &change.connection;
        let kind = match change.kind {
            AppliedKind::Created => ConnectionChangeKind::Created,
            AppliedKind::Changed => ConnectionChangeKind::Changed,
            AppliedKind::Deleted => ConnectionChangeKind::Deleted,
        };
        let was = || before.iter().find(|known| known.config.name == *name);
        let connection = connections.named(name).or_else(|| was().cloned());
        if let Some(connection) = connection {
            connections.tell(kind, connection.summary());
        }
    }
}

async fn carry_out(mut change: Change<'_>, steps: &[Step]) -> Result<(), StoreError> {
    // First what others may take over: a domain counts for one connection.
    for step in steps {
        let name = &step.change.connection;
        match &step.what {
            What::Delete { .. } => delete_rows(&mut change, name).await?,
            What::Put(put) if put.domains.is_some() => change.delete_domains_of(name).await?,
            What::Put(_) => {}
        }
    }
    let mut entries = Entries::default();
    for step in steps {
        if let What::Put(put) = &step.what {
            carry_out_put(&mut change, &step.change.connection, put).await?;
        }
        entries.put(&mut change, entry(step)).await?;
    }
    // Last, because another connection may belong to the organization by now.
    for step in steps {
        if let What::Delete { organization } = &step.what {
            change
                .delete_branding_without_connection(organization)
                .await?;
        }
    }
    change.commit().await?;
    entries.trace();
    Ok(())
}

async fn carry_out_put(change: &mut Change<'_>, name: &str, put: &Put) -> Result<(), StoreError> {
    if let Some(config) = &put.config {
        let before = change.connection(name).await?;
        let before = before.as_ref().map(|before| before.issuer.as_str());
        end_access_of_former_org(change, before, config).await?;
        change.put_connection(config).await?;
        if !config.standing.enabled {
            change.delete_connection_setups(name).await?;
        }
    }
    if let Some(table) = &put.table {
        change.put_role_table(name, table).await?;
    }
    for domain in put.domains.iter().flatten() {
        change.put_domain(name, domain).await?;
    }
    if let Some(Admins { named, removed }) = &put.admins {
        for admin in removed {
            change
                .delete_admin(name, &admin.issuer, &admin.subject)
                .await?;
        }
        for admin in named {
            change
                .name_admin(name, &admin.issuer, &admin.subject, &admin.name)
                .await?;
        }
    }
    if let Some((organization, branding)) = &put.branding {
        change.put_branding(organization, branding).await?;
    }
    if let Some(count) = put.key_rotations {
        let rotation = KeyRotation { count, at: now() };
        change.put_key_rotation(name, rotation).await?;
    }
    Ok(())
}

fn entry(step: &Step) -> AuditEntry {
    let event = match step.change.kind {
        AppliedKind::Deleted => AuditEvent::Disconnected,
        _ => AuditEvent::Connected,
    };
    let detail = format!("applied: {}", step.change.detail);
    audit::entry(event, Actor::Operator, None, detail).about(&step.change.connection)
}
