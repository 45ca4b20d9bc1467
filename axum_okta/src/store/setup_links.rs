//! Setup links: setups of single connections with a code.

use okta_types::{SetupLinkState, SetupLinkSummary, Timestamp};
use sqlx::{Row, any::AnyRow};

use super::{Change, Store, StoreError, now};

/// How long links that no longer work are listed.
const KEPT_SECONDS: i64 = 30 * 24 * 60 * 60;
/// As many as anybody looks through.
const LISTED: i64 = 100;

/// All columns of the links that the rest of the statement names.
macro_rules! select {
    ($rest:literal) => {
        sqlx::query(concat!(
            "SELECT id, connection, made_at, made_by, note, opened_at, ends_at, outcome \
             FROM okta_connection_setup WHERE code_hash <> '' AND ",
            $rest
        ))
    };
}

impl Store {
    /// Those of a connection: first those that still work, the newest first.
    pub(crate) async fn setup_links_of(
        &self,
        connection: &str,
    ) -> Result<Vec<SetupLinkSummary>, StoreError> {
        let select =
            select!("connection = $1 ORDER BY ends_at > $2 DESC, made_at DESC, id LIMIT $3");
        let rows = select.bind(connection).bind(now().0).bind(LISTED);
        let rows = rows.fetch_all(&self.pool).await?;
        rows.iter().map(link).collect()
    }

    /// Those of all connections that still work, the newest first.
    pub(crate) async fn open_setup_links(&self) -> Result<Vec<SetupLinkSummary>, StoreError> {
        let select = select!("ends_at > $1 ORDER BY made_at DESC, id LIMIT $2");
        let rows = select.bind(now().0).bind(LISTED);
        let rows = rows.fetch_all(&self.pool).await?;
        rows.iter().map(link).collect()
    }

    /// The link with this code, whether it still works or not.
    pub(crate) async fn setup_link(
        &self,
        code_hash: &str,
    ) -> Result<Option<SetupLinkSummary>, StoreError> {
        let row = select!("code_hash = $1").bind(code_hash);
        let row = row.fetch_optional(&self.pool).await?;
        row.as_ref().map(link).transpose()
    }
}

fn link(row: &AnyRow) -> Result<SetupLinkSummary, StoreError> {
    let moment = |column| -> Result<Timestamp, StoreError> { Ok(Timestamp(row.try_get(column)?)) };
    let ends_at = moment("ends_at")?;
    let mut link = SetupLinkSummary::new(
        row.try_get::<String, _>("id")?,
        row.try_get::<String, _>("connection")?,
        moment("made_at")?,
        ends_at,
    );
    link.note = row.try_get("note")?;
    link.made_by = row.try_get("made_by")?;
    link.opened_at = Some(moment("opened_at")?).filter(|Timestamp(at)| *at > 0);
    link.state = match row.try_get::<String, _>("outcome")?.as_str() {
        USED => SetupLinkState::Used,
        REVOKED => SetupLinkState::Revoked,
        _ if ends_at > now() => SetupLinkState::Open,
        _ => SetupLinkState::Expired,
    };
    Ok(link)
}

pub(super) const USED: &str = "used";
const REVOKED: &str = "revoked";

impl Change<'_> {
    pub(crate) async fn put_setup_link(
        &mut self,
        link: &SetupLinkSummary,
        code_hash: &str,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO okta_connection_setup (id, connection, code_hash, made_at, made_by, note, ends_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&link.id)
        .bind(&link.connection)
        .bind(code_hash)
        .bind(link.made_at.0)
        .bind(&link.made_by)
        .bind(&link.note)
        .bind(link.ends_at.0)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// Notes that somebody has opened it.
    pub(crate) async fn open_setup_link(&mut self, id: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE okta_connection_setup SET opened_at = $2 WHERE id = $1")
            .bind(id)
            .bind(now().0)
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    /// Revokes a link of this connection. `false` if it no longer worked.
    pub(crate) async fn revoke_setup_link(
        &mut self,
        connection: &str,
        id: &str,
    ) -> Result<bool, StoreError> {
        let revoked = sqlx::query(
            "UPDATE okta_connection_setup SET outcome = $4, ends_at = $3 \
             WHERE id = $1 AND connection = $2 AND ends_at > $3 AND code_hash <> ''",
        )
        .bind(id)
        .bind(connection)
        .bind(now().0)
        .bind(REVOKED)
        .execute(&mut *self.transaction)
        .await?;
        Ok(revoked.rows_affected() > 0)
    }

    /// Those that have not worked for a while.
    pub(super) async fn delete_former_setup_links(&mut self) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM okta_connection_setup WHERE code_hash <> '' AND ends_at <= $1")
            .bind(now().0 - KEPT_SECONDS)
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }
}
