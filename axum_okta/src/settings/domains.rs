//! The email domains of a connection. One counts once it is verified.

use okta_types::{AuditEvent, DomainSummary, SettingsRefusal};

use super::{Admin, SettingsError, admin::Changing};
use crate::{
    causes::with_causes,
    connection::{CONNECTION, domain_of},
    random_token,
    store::Domain,
};

/// The label below which a domain's owner proves that it is theirs.
const RECORD_LABEL: &str = "_okta-sign-in";
/// What the TXT record contains before its proof.
const RECORD_PREFIX: &str = "okta-sign-in-verification=";
/// More than any organization has.
const MAX_DOMAINS: usize = 200;

impl Admin {
    /// Returns the domains that the connection claims, by name.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::UnknownConnection`] or [`SettingsRefusal::NotConnected`] if there is no
    /// such connection, [`SettingsError::Store`] if the database doesn't respond.
    pub async fn domains(&self) -> Result<Vec<DomainSummary>, SettingsError> {
        self.refuse_unknown().await?;
        let domains = self.services.store.domains_of(&self.connection).await?;
        Ok(domains.iter().map(summary).collect())
    }

    /// Claims a domain for the connection. It counts once it is verified, and until then it changes
    /// nothing; several connections may claim one. Returns it, with the record that proves whose it
    /// is.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::MalformedDomain`] if it is no domain, or if there are 200 already. Else
    /// as for [`domains`](Self::domains).
    pub async fn claim_domain(self, domain: &str) -> Result<DomainSummary, SettingsError> {
        let domain = domain.to_owned();
        self.change(async move |changing: Changing| changing.claim_domain(&domain).await)
            .await
    }

    /// Declares that the domain is the connection's, without asking the DNS. It counts from now on.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::NotSuperAdmin`] for admins of one connection,
    /// [`SettingsRefusal::DomainTaken`] if it counts as another connection's,
    /// [`SettingsRefusal::UnknownDomain`] if the connection doesn't claim it. Else as for
    /// [`domains`](Self::domains).
    pub async fn verify_domain(self, domain: &str) -> Result<(), SettingsError> {
        let domain = domain.to_owned();
        self.change(async move |changing: Changing| changing.verify_domain(&domain).await)
            .await
    }

    /// Looks the domain's TXT record up. If it is there, the domain is the connection's, and counts
    /// from now on. Any admin of the connection may do this: the record proves whose the domain is.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::RecordMissing`] if the record isn't there,
    /// [`SettingsRefusal::DnsUnreachable`] if the DNS can't be asked,
    /// [`SettingsRefusal::NoResolver`] if this app was built without a way to ask it,
    /// [`SettingsRefusal::DomainTaken`] if the domain counts as another connection's. Else as for
    /// [`domains`](Self::domains).
    pub async fn check_domain(self, domain: &str) -> Result<(), SettingsError> {
        let services = &self.services;
        let records = services.txt_records.as_ref();
        let records = records.ok_or(SettingsRefusal::NoResolver)?;
        let domain = self.claimed(domain).await?;
        let wanted = summary(&domain);
        let found = records.of(&wanted.record_name).await.map_err(|error| {
            let error = with_causes(&error);
            tracing::warn!(
                domain = domain.name,
                error,
                "a TXT record was not looked up"
            );
            SettingsRefusal::DnsUnreachable
        })?;
        if !found.iter().any(|text| text.trim() == wanted.record) {
            return Err(SettingsRefusal::RecordMissing.into());
        }
        self.change(async move |changing: Changing| changing.proved_domain(&domain).await)
            .await
    }

    async fn claimed(&self, typed: &str) -> Result<Domain, SettingsError> {
        self.refuse_unknown().await?;
        let claimed = self.services.store.domains_of(&self.connection).await?;
        let domain = domain_of(typed).and_then(|domain| {
            let mut claimed = claimed.into_iter();
            claimed.find(|claimed| claimed.name == domain)
        });
        Ok(domain.ok_or(SettingsRefusal::UnknownDomain)?)
    }

    /// Removes a domain. It doesn't count from now on.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::UnknownDomain`] if the connection doesn't claim it. Else as for
    /// [`domains`](Self::domains).
    pub async fn remove_domain(self, domain: &str) -> Result<(), SettingsError> {
        let domain = domain.to_owned();
        self.change(async move |changing: Changing| changing.remove_domain(&domain).await)
            .await
    }
}

impl Admin {
    /// The domains of an organization that is yet to be set up wait for its connection. A setup link is
    /// not enough: its domains would be those of whoever gets the name after it.
    async fn refuse_unknown(&self) -> Result<(), SettingsError> {
        let Self {
            services,
            connection,
            ..
        } = self;
        match self.known_connection() {
            Err(_)
                if connection != CONNECTION
                    && services.store.has_organization(connection).await? =>
            {
                Ok(())
            }
            known => Ok(known.map(drop)?),
        }
    }
}

impl Changing {
    /// Claims a domain that the app knows to be the organization's, and uses it: both or neither.
    pub(super) async fn trust_domain(&self, typed: &str) -> Result<(), SettingsError> {
        let admin = &self.admin;
        admin.refuse_unknown().await?;
        let (store, name) = (&admin.services.store, &admin.connection);
        let domain = domain_of(typed).ok_or(SettingsRefusal::MalformedDomain)?;
        let claimed = store.domains_of(name).await?;
        let is_new = !claimed.iter().any(|known| known.name == domain);
        if is_new && claimed.len() >= MAX_DOMAINS {
            return Err(SettingsRefusal::MalformedDomain.into());
        }
        let mut change = store.change().await?;
        change.claim_domain(name, &domain, &random_token()).await?;
        if !change.verify_domain(name, &domain).await? {
            return Err(SettingsRefusal::DomainTaken.into());
        }
        change.commit().await?;
        self.use_domains().await?;
        self.record_domain(&domain, "declared to be its own").await;
        Ok(())
    }

    async fn claim_domain(&self, typed: &str) -> Result<DomainSummary, SettingsError> {
        let admin = &self.admin;
        admin.refuse_unknown().await?;
        let (store, name) = (&admin.services.store, &admin.connection);
        let domain = domain_of(typed).ok_or(SettingsRefusal::MalformedDomain)?;
        let claimed = store.domains_of(name).await?;
        if let Some(known) = claimed.iter().find(|known| known.name == domain) {
            return Ok(summary(known));
        }
        if claimed.len() >= MAX_DOMAINS {
            return Err(SettingsRefusal::MalformedDomain.into());
        }
        let claimed = Domain {
            proof: random_token(),
            name: domain,
            verified_at: None,
        };
        let mut change = store.change().await?;
        change
            .claim_domain(name, &claimed.name, &claimed.proof)
            .await?;
        change.commit().await?;
        self.record_domain(&claimed.name, "claimed").await;
        Ok(summary(&claimed))
    }

    async fn verify_domain(&self, typed: &str) -> Result<(), SettingsError> {
        let admin = &self.admin;
        if !admin.is_super {
            return Err(SettingsRefusal::NotSuperAdmin.into());
        }
        let domain = admin.claimed(typed).await?;
        self.use_verified(&domain.name, "declared to be its own")
            .await
    }

    /// The domain may have been removed and claimed again, with another proof, since the DNS was
    /// asked.
    async fn proved_domain(&self, proved: &Domain) -> Result<(), SettingsError> {
        let claimed = self.admin.claimed(&proved.name).await?;
        if claimed.proof != proved.proof {
            return Err(SettingsRefusal::RecordMissing.into());
        }
        self.use_verified(&proved.name, "verified by its record")
            .await
    }

    async fn use_verified(&self, domain: &str, how: &str) -> Result<(), SettingsError> {
        let admin = &self.admin;
        let mut change = admin.services.store.change().await?;
        if !change.verify_domain(&admin.connection, domain).await? {
            return Err(SettingsRefusal::DomainTaken.into());
        }
        change.commit().await?;
        self.use_domains().await?;
        self.record_domain(domain, how).await;
        Ok(())
    }

    async fn remove_domain(&self, typed: &str) -> Result<(), SettingsError> {
        let admin = &self.admin;
        let domain = admin.claimed(typed).await?.name;
        let mut change = admin.services.store.change().await?;
        change.delete_domain(&admin.connection, &domain).await?;
        change.commit().await?;
        self.use_domains().await?;
        self.record_domain(&domain, "removed").await;
        Ok(())
    }

    async fn use_domains(&self) -> Result<(), SettingsError> {
        let services = &self.admin.services;
        let name = &self.admin.connection;
        let domains = services.store.domains_of(name).await?;
        services.connections.use_domains(name, &domains);
        Ok(())
    }

    async fn record_domain(&self, domain: &str, what: &str) {
        let detail = format!("domain {domain} {what}");
        self.admin.record(AuditEvent::Connected, detail).await;
    }
}

fn summary(domain: &Domain) -> DomainSummary {
    let record_name = format!("{RECORD_LABEL}.{}", domain.name);
    let record = format!("{RECORD_PREFIX}{}", domain.proof);
    let mut summary = DomainSummary::new(&domain.name, record_name, record);
    summary.verified_at = domain.verified_at;
    summary
}
