//! The email domains of connections.

use std::collections::HashMap;

use okta_types::Timestamp;
use sqlx::{Row, any::AnyRow};

use super::{Change, Store, StoreError, now};

/// A domain that a connection claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Domain {
    pub(crate) name: String,
    /// What its TXT record has to contain.
    pub(crate) proof: String,
    /// `None` until it counts.
    pub(crate) verified_at: Option<Timestamp>,
}

impl Store {
    /// All that count, each with its connection.
    pub(crate) async fn verified_domains(&self) -> Result<HashMap<String, String>, StoreError> {
        let select =
            sqlx::query("SELECT domain, connection FROM okta_domain WHERE verified_at > 0");
        let rows = select.fetch_all(&self.pool).await?;
        rows.iter()
            .map(|row| Ok((row.try_get("domain")?, row.try_get("connection")?)))
            .collect()
    }

    /// All that are claimed, by connection and name.
    pub(crate) async fn all_domains(&self) -> Result<HashMap<String, Vec<Domain>>, StoreError> {
        let select = sqlx::query(
            "SELECT connection, domain, proof, verified_at FROM okta_domain ORDER BY domain",
        );
        let mut domains: HashMap<String, Vec<Domain>> = HashMap::new();
        for row in &select.fetch_all(&self.pool).await? {
            let connection = row.try_get("connection")?;
            domains.entry(connection).or_default().push(domain(row)?);
        }
        Ok(domains)
    }

    /// Those that a connection claims, by name.
    pub(crate) async fn domains_of(&self, connection: &str) -> Result<Vec<Domain>, StoreError> {
        let select = sqlx::query(
            "SELECT domain, proof, verified_at FROM okta_domain WHERE connection = $1 ORDER BY domain",
        );
        let rows = select.bind(connection).fetch_all(&self.pool).await?;
        rows.iter().map(domain).collect()
    }
}

fn domain(row: &AnyRow) -> Result<Domain, StoreError> {
    let verified_at = Timestamp(row.try_get("verified_at")?);
    Ok(Domain {
        name: row.try_get("domain")?,
        proof: row.try_get("proof")?,
        verified_at: Some(verified_at).filter(|Timestamp(at)| *at > 0),
    })
}

impl Change<'_> {
    /// A domain that is claimed already stays as it is.
    pub(crate) async fn claim_domain(
        &mut self,
        connection: &str,
        domain: &str,
        proof: &str,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO okta_domain (domain, connection, proof, added_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (domain, connection) DO NOTHING",
        )
        .bind(domain)
        .bind(connection)
        .bind(proof)
        .bind(now().0)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// A domain as it is to be, of a connection that doesn't claim it yet.
    pub(crate) async fn put_domain(
        &mut self,
        connection: &str,
        domain: &Domain,
    ) -> Result<(), StoreError> {
        let verified_at = domain.verified_at.map_or(0, |Timestamp(at)| at);
        sqlx::query(
            "INSERT INTO okta_domain (domain, connection, proof, added_at, verified_at) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&domain.name)
        .bind(connection)
        .bind(&domain.proof)
        .bind(now().0)
        .bind(verified_at)
        .execute(&mut *self.transaction)
        .await?;
        self.news.connection_changed(connection);
        Ok(())
    }

    /// From now on the domain counts as this connection's. Returns `false` if it counts as
    /// another's, or isn't claimed.
    pub(crate) async fn verify_domain(
        &mut self,
        connection: &str,
        domain: &str,
    ) -> Result<bool, StoreError> {
        let verified = sqlx::query(
            "UPDATE okta_domain SET verified_at = $3 WHERE domain = $1 AND connection = $2 \
             AND NOT EXISTS (SELECT 1 FROM okta_domain AS other \
             WHERE other.domain = $1 AND other.connection <> $2 AND other.verified_at > 0)",
        )
        .bind(domain)
        .bind(connection)
        .bind(now().0)
        .execute(&mut *self.transaction)
        .await?;
        self.news.connection_changed(connection);
        Ok(verified.rows_affected() > 0)
    }

    pub(crate) async fn delete_domain(
        &mut self,
        connection: &str,
        domain: &str,
    ) -> Result<bool, StoreError> {
        let deleted = sqlx::query("DELETE FROM okta_domain WHERE domain = $1 AND connection = $2")
            .bind(domain)
            .bind(connection)
            .execute(&mut *self.transaction)
            .await?;
        self.news.connection_changed(connection);
        Ok(deleted.rows_affected() > 0)
    }

    /// All of a connection that is deleted.
    pub(crate) async fn delete_domains_of(&mut self, connection: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM okta_domain WHERE connection = $1")
            .bind(connection)
            .execute(&mut *self.transaction)
            .await?;
        self.news.connection_changed(connection);
        Ok(())
    }
}
