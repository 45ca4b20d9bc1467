//! Who is signed in, a page at a time.

use okta_types::{SessionPage, SessionQuery, SessionSummary};

use super::Sessions;
use crate::store::{FoundSession, SessionHolder, SessionKey, SessionPlace, StoreError};

const PAGE: usize = 20;
/// Sessions read at a time while a page is filled: whose one is is known only once it is decrypted.
const BATCH: usize = 1000;
/// How many sessions one request looks at. The next one goes on from there.
const LOOKED_AT: usize = 100_000;

impl Sessions {
    /// The page that is asked for, of sessions that count, of one connection or of all. A place
    /// that no page named gives the newest.
    ///
    /// Sessions that start or end meanwhile move no other one to another page: a place is a
    /// moment and a session, not a number.
    pub(crate) async fn page(
        &self,
        query: &SessionQuery,
        connection_id: Option<&str>,
        counts: impl Fn(&FoundSession) -> bool,
    ) -> Result<SessionPage, StoreError> {
        self.index_former().await?;
        self.page_within(query, connection_id, counts, LOOKED_AT)
            .await
    }

    async fn page_within(
        &self,
        query: &SessionQuery,
        connection_id: Option<&str>,
        counts: impl Fn(&FoundSession) -> bool,
        bound: usize,
    ) -> Result<SessionPage, StoreError> {
        let sought = query.sought();
        let size = match sought.is_some() || connection_id.is_some() {
            true => BATCH.min(bound),
            false => PAGE + 1,
        };
        let mut place = query.before.as_deref().and_then(SessionPlace::parse);
        let mut looked_at = 0;
        let mut page = SessionPage::default();
        loop {
            let batch = self
                .store
                .sessions_before(place.as_ref(), connection_id, size);
            let batch = batch.await?;
            let is_last = batch.len() < size;
            looked_at += batch.len();
            for found in &batch {
                let here = found.place();
                let is_of = connection_id.is_none_or(|id| found.connection_id == id);
                let summary = summary(found).filter(|summary| {
                    is_of
                        && counts(found)
                        && sought.as_deref().is_none_or(|text| names(summary, text))
                });
                if let Some(summary) = summary {
                    if page.sessions.len() == PAGE {
                        page.next = place.map(|place| place.to_string());
                        return Ok(page);
                    }
                    page.sessions.push(summary);
                }
                place = Some(here);
            }
            if is_last {
                return Ok(page);
            }
            if looked_at >= bound {
                page.next = place.map(|place| place.to_string());
                page.stopped_after = Some(looked_at as u64);
                return Ok(page);
            }
        }
    }

    /// A person's sessions, the newest first.
    pub(crate) async fn of_person(
        &self,
        issuer: &str,
        subject: &str,
        counts: impl Fn(&FoundSession) -> bool,
    ) -> Result<Vec<SessionSummary>, StoreError> {
        self.index_former().await?;
        let found = self.store.sessions_of(issuer, subject).await?;
        let found = found.iter().filter(|found| counts(found));
        Ok(found.filter_map(summary).collect())
    }

    /// Whose session it is that is called so in a list.
    pub(crate) async fn holder(
        &self,
        name: &str,
    ) -> Result<Option<(SessionKey, SessionHolder)>, StoreError> {
        let Some(key) = SessionKey::named(name) else {
            return Ok(None);
        };
        let holder = self.store.session_holder(&key).await?;
        Ok(holder.map(|holder| (key, holder)))
    }
}

/// Nothing of one that can't be read: nobody can be signed in with it, either.
fn summary(found: &FoundSession) -> Option<SessionSummary> {
    let holder = found.holder.as_ref()?;
    let name = found.key.name();
    let mut summary = SessionSummary::new(name, &holder.issuer, &holder.subject, &holder.name);
    summary.email = holder.email.clone();
    summary.connection = holder.connection.clone();
    summary.since = found.since;
    summary.last_seen = found.last_seen;
    summary.browser = holder.browser.clone();
    summary.address = holder.address.map(|address| address.to_string());
    Some(summary)
}

/// Whether the text, in lower case, is in one of the person's names.
fn names(session: &SessionSummary, text: &str) -> bool {
    let email = session.email.as_deref().unwrap_or_default();
    [&*session.name, email, &*session.subject]
        .iter()
        .any(|name| name.to_lowercase().contains(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{
        NewSession,
        tests::{sessions, signed_in_as},
    };

    #[tokio::test]
    async fn a_search_stops_and_goes_on_from_there() {
        let (_store, sessions, _directory) = sessions().await;
        for subject in ["ada", "grace", "ada", "grace", "ada"] {
            let new = NewSession {
                signed_in: signed_in_as(subject),
                finishes: None,
                former: None,
            };
            sessions.start(new).await.unwrap();
        }
        let mut query = SessionQuery::default().person("ada".to_owned());
        let (mut found, mut stopped) = (0, 0);
        loop {
            let page = sessions
                .page_within(&query, None, |_| true, 2)
                .await
                .unwrap();
            found += page.sessions.len();
            stopped += page.stopped_after.unwrap_or_default();
            let Some(next) = page.next else {
                break;
            };
            query = query.before(next);
        }
        assert_eq!((found, stopped), (3, 4));
    }
}
