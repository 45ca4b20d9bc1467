//! Ends that hold, whatever the database does.

use std::time::Duration;

use okta_types::{Actor, AuditEvent};
use tokio::time::timeout;
use tower_sessions::session::Id;

use super::*;
use crate::{
    audit,
    session::{
        EndCause, NewSession, SessionCookie,
        tests::{is_signed_in, sessions, signed_in_as},
    },
};

/// Longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(20);

async fn start(sessions: &Sessions, subject: &str) -> Id {
    let new = NewSession {
        signed_in: signed_in_as(subject),
        finishes: None,
        former: None,
    };
    match sessions.start(new).await.unwrap() {
        SessionCookie::Set { id, .. } => id,
        SessionCookie::Remove => panic!("a session has started"),
    }
}

fn ada() -> Whose {
    let signed_in = signed_in_as("ada");
    Whose::Person {
        issuer: signed_in.identity.issuer.clone(),
        subject: signed_in.identity.subject.clone(),
    }
}

fn entry(ended: usize) -> Option<AuditEntry> {
    let detail = format!("{ended} sessions");
    Some(audit::entry(
        AuditEvent::SignedOut,
        Actor::Stranger,
        None,
        detail,
    ))
}

#[tokio::test]
async fn a_persons_sessions_end_together_with_the_audit_entry() {
    let (store, sessions, _directory) = sessions().await;
    let [first, second] = [start(&sessions, "ada").await, start(&sessions, "ada").await];
    let other = start(&sessions, "grace").await;
    // One is in memory.
    assert!(is_signed_in(&sessions, first).await);
    assert_eq!(
        sessions
            .end_of(ada(), EndCause::SignedOut, entry)
            .await
            .unwrap(),
        2
    );
    for id in [first, second] {
        assert!(!is_signed_in(&sessions, id).await);
    }
    assert!(is_signed_in(&sessions, other).await);
    let trail = store.audit(&Default::default()).await.unwrap();
    assert_eq!(trail.entries[0].detail.as_deref(), Some("2 sessions"));
}

/// They count no longer, and nothing that the app changes brings them back.
#[tokio::test]
async fn an_end_that_can_not_be_stored_counts_and_is_stored_as_soon_as_it_can() {
    let (store, sessions, _directory) = sessions().await;
    let [first, second] = [start(&sessions, "ada").await, start(&sessions, "ada").await];
    let found = start(&sessions, "grace").await;
    assert!(is_signed_in(&sessions, first).await);

    let other_change = store.change().await.unwrap();
    let (ending, ending_one) = (sessions.clone(), sessions.clone());
    let all = tokio::spawn(async move { ending.end_of(ada(), EndCause::Admin, entry).await });
    let key = SessionKey::of(&found);
    let one = tokio::spawn(async move { ending_one.end_found(key, EndCause::Admin, None).await });
    assert!(all.await.unwrap().is_err() && one.await.unwrap().is_err());
    for id in [first, second, found] {
        assert!(!is_signed_in(&sessions, id).await);
        assert!(sessions.load(&id).await.unwrap().is_none());
    }
    drop(other_change);
    let stored = async {
        for id in [first, second, found] {
            while store.session(&SessionKey::of(&id)).await.unwrap().is_some() {
                tokio::task::yield_now().await;
            }
        }
    };
    timeout(PATIENCE, stored).await.unwrap();
}

#[tokio::test]
async fn whoever_waits_for_the_end_of_a_session_learns_of_it() {
    let (_store, sessions, _directory) = sessions().await;
    let [first, second, other] = [
        start(&sessions, "ada").await,
        start(&sessions, "ada").await,
        start(&sessions, "grace").await,
    ];
    let waiting = |id: Id| {
        let sessions = sessions.clone();
        tokio::spawn(async move { sessions.ended(id).await })
    };
    let [first, second, other] = {
        let waiting = [waiting(first), waiting(second), waiting(other)];
        sessions
            .end(first, EndCause::SignedOut, None)
            .await
            .unwrap();
        sessions
            .end_of(ada(), EndCause::SignedOut, entry)
            .await
            .unwrap();
        waiting
    };
    for ended in [first, second] {
        timeout(PATIENCE, ended).await.unwrap().unwrap();
    }
    assert!(!other.is_finished());
}
