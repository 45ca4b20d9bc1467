//! Opening: once, or again and again until it succeeds.

use std::{sync::Arc, time::Duration};

use super::{OktaBuilder, OpenError};
use crate::{
    causes::with_causes,
    connection::Connections,
    dns::TxtRecords,
    okta::Okta,
    services::{Parts, Services},
    store::Store,
};

/// The delay before the first retry; each further one is twice as long.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(60);
/// Enough for a person who mistypes, useless to a program.
const SETUP_CODES_PER_MINUTE: u32 = 10;

impl OktaBuilder {
    /// Opens the database, migrates it, and loads the stored connection. Doesn't contact Okta yet.
    ///
    /// # Errors
    ///
    /// [`OpenError`] says what couldn't be opened, and what to do.
    pub async fn open(self) -> Result<Okta, OpenError> {
        let okta = Okta::closed(self.fixed()?);
        let services = self.services(&okta).await?;
        okta.open_with(services);
        Ok(okta)
    }

    /// Like [`open`](Self::open), but if the database or its key can't be used, the app can still
    /// start: public pages work, guarded pages and the settings are closed, and the log has the
    /// reason. Opening is retried until it succeeds, with increasing delays of up to a minute; see
    /// [`Okta::opened`] and [`Okta::readiness`].
    ///
    /// # Errors
    ///
    /// Errors that a retry can't fix: [`OpenError::BaseUrl`], [`OpenError::Prefix`] and
    /// [`OpenError::CsrfExempt`].
    pub async fn open_or_deny(self) -> Result<Okta, OpenError> {
        let okta = Okta::closed(self.fixed()?);
        match self.services(&okta).await {
            Ok(services) => okta.open_with(services),
            Err(error) => {
                tracing::error!("Sign-in with Okta is closed: {}", with_causes(&error));
                okta.closed_because(&error);
                tokio::spawn(self.open_later(okta.clone()));
            }
        }
        Ok(okta)
    }

    async fn open_later(self, okta: Okta) {
        let mut wait = FIRST_RETRY;
        loop {
            tokio::time::sleep(wait).await;
            match self.services(&okta).await {
                Ok(services) => {
                    tracing::info!("Sign-in with Okta is open now");
                    return okta.open_with(services);
                }
                Err(error) => {
                    tracing::warn!("Sign-in with Okta is still closed: {}", with_causes(&error));
                    okta.closed_because(&error);
                }
            }
            wait = LONGEST_RETRY.min(wait * 2);
        }
    }

    fn resolver(&self) -> Option<TxtRecords> {
        let records = self.txt_records.clone();
        #[cfg(feature = "dns")]
        let records = records.or_else(|| Some(TxtRecords::of_this_machine()));
        records
    }

    async fn services(&self, okta: &Okta) -> Result<Services, OpenError> {
        let managed = self.parsed_connection()?;
        let http = self.http_client()?;
        let mut store = Store::open(&self.database, self.encryption_key.as_ref()).await?;
        if let Some(url) = &self.sessions_url {
            store = store.keep_sessions_at(url).await?;
        }
        let store = Arc::new(store);
        let is_managed = managed.is_some();
        let on_changed = self.on_connection_changed.clone();
        let callback = okta.callback();
        let connections =
            Connections::load(store.clone(), http, callback, managed, on_changed).await?;
        let services = Services::new(Parts {
            connections,
            admin_group: self.admin_group.clone(),
            known_roles: self.roles.clone(),
            setup_codes_per_minute: SETUP_CODES_PER_MINUTE,
            sign_ins_per_minute: self.sign_ins_per_minute,
            sign_out_calls_per_minute: self.sign_out_calls_per_minute,
            scim_requests_per_minute: self.scim_requests_per_minute,
            on_session_ended: self.on_session_ended.clone(),
            person_hooks: self.person_hooks.clone(),
            txt_records: self.resolver(),
            store,
        });
        if is_managed {
            // A code from before the operator set the connection would still make an admin.
            services.setups.end().await?;
        }
        Ok(services)
    }
}
