//! Named admins of each connection: who is admin by name, rather than by a role.
//!
//! Those of the first connection have the table of the first releases: servers of the version
//! before know no other, and would take everybody in it for an admin of the whole app.

use std::collections::HashMap;

use okta_types::{AdminSummary, Identity, Profile, Timestamp};
use sqlx::{Row, any::AnyRow};

use super::{Change, Store, StoreError, now};
use crate::connection::CONNECTION;

impl Store {
    pub(crate) async fn admins(&self, connection: &str) -> Result<Vec<AdminSummary>, StoreError> {
        let select = match connection {
            CONNECTION => sqlx::query(
                "SELECT issuer, subject, name, since FROM okta_admin ORDER BY since, issuer, subject",
            ),
            name => sqlx::query(
                "SELECT issuer, subject, name, since FROM okta_connection_admin \
                 WHERE connection = $1 ORDER BY since, issuer, subject",
            )
            .bind(name),
        };
        let rows = select.fetch_all(&self.pool).await?;
        rows.iter().map(admin).collect()
    }

    /// All of them, by connection.
    pub(crate) async fn all_admins(
        &self,
    ) -> Result<HashMap<String, Vec<AdminSummary>>, StoreError> {
        let mut admins = HashMap::from([(CONNECTION.to_owned(), self.admins(CONNECTION).await?)]);
        let select = sqlx::query(
            "SELECT connection, issuer, subject, name, since FROM okta_connection_admin \
             ORDER BY since, issuer, subject",
        );
        for row in &select.fetch_all(&self.pool).await? {
            let connection = row.try_get("connection")?;
            admins
                .entry(connection)
                .or_insert_with(Vec::new)
                .push(admin(row)?);
        }
        Ok(admins)
    }

    pub(crate) async fn is_admin(
        &self,
        connection: &str,
        issuer: &str,
        subject: &str,
    ) -> Result<bool, StoreError> {
        let select = match connection {
            CONNECTION => {
                sqlx::query("SELECT since FROM okta_admin WHERE issuer = $1 AND subject = $2")
            }
            _ => sqlx::query(
                "SELECT since FROM okta_connection_admin \
                 WHERE issuer = $1 AND subject = $2 AND connection = $3",
            ),
        };
        let select = select.bind(issuer).bind(subject);
        let select = match connection {
            CONNECTION => select,
            name => select.bind(name),
        };
        Ok(select.fetch_optional(&self.pool).await?.is_some())
    }
}

fn admin(row: &AnyRow) -> Result<AdminSummary, StoreError> {
    Ok(AdminSummary::new(
        row.try_get::<String, _>("issuer")?,
        row.try_get::<String, _>("subject")?,
        row.try_get::<String, _>("name")?,
        Timestamp(row.try_get("since")?),
    ))
}

impl Change<'_> {
    /// Names an admin of the connection that this person came through.
    pub(crate) async fn put_admin(&mut self, identity: &Identity) -> Result<(), StoreError> {
        let name = identity.display_name();
        let Profile {
            connection,
            issuer,
            subject,
            ..
        } = &**identity;
        self.name_admin(connection, issuer, subject, name).await
    }

    /// Names an admin of this connection.
    pub(crate) async fn name_admin(
        &mut self,
        connection: &str,
        issuer: &str,
        subject: &str,
        name: &str,
    ) -> Result<(), StoreError> {
        let insert = match connection {
            CONNECTION => sqlx::query(
                "INSERT INTO okta_admin (issuer, subject, since, name) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (issuer, subject) DO UPDATE SET name = excluded.name",
            ),
            _ => sqlx::query(
                "INSERT INTO okta_connection_admin (issuer, subject, since, name, connection) \
                 VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (connection, issuer, subject) DO UPDATE SET name = excluded.name",
            ),
        };
        let insert = insert
            .bind(issuer)
            .bind(subject)
            .bind(now().0)
            // PostgreSQL takes no NUL in a text.
            .bind(name.replace('\0', ""));
        let insert = match connection {
            CONNECTION => insert,
            name => insert.bind(name),
        };
        insert.execute(&mut *self.transaction).await?;
        self.news.connection_changed(connection);
        Ok(())
    }

    pub(crate) async fn delete_admin(
        &mut self,
        connection: &str,
        issuer: &str,
        subject: &str,
    ) -> Result<(), StoreError> {
        let delete = match connection {
            CONNECTION => sqlx::query("DELETE FROM okta_admin WHERE issuer = $1 AND subject = $2"),
            _ => sqlx::query(
                "DELETE FROM okta_connection_admin \
                 WHERE issuer = $1 AND subject = $2 AND connection = $3",
            ),
        };
        let delete = delete.bind(issuer).bind(subject);
        let delete = match connection {
            CONNECTION => delete,
            name => delete.bind(name),
        };
        delete.execute(&mut *self.transaction).await?;
        self.news.connection_changed(connection);
        Ok(())
    }

    /// All of a connection that is deleted. The first one's stay, for the Okta app that is
    /// connected next.
    pub(crate) async fn delete_admins_of(&mut self, connection: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM okta_connection_admin WHERE connection = $1")
            .bind(connection)
            .execute(&mut *self.transaction)
            .await?;
        self.news.connection_changed(connection);
        Ok(())
    }
}
