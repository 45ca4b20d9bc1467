//! People, the section of the settings page, as a program asks for it.

use std::time::Instant;

use serde_json::Value;
use sqlx::{AnyConnection, Row};

use crate::{harness::browser::Browser, times::Times};

const SESSIONS: &str = "/api/okta/sessions";
/// Of each kind, one after the other.
const PAGES: usize = 100;
const SEARCHES: usize = 20;

/// Waits until every session can be found: servers index what they find without.
pub async fn are_indexed(database: &mut AnyConnection) {
    let left = "SELECT COUNT(*) AS n FROM okta_session WHERE email = '' OR holder = ''";
    loop {
        let row = sqlx::query(left).fetch_one(&mut *database).await.unwrap();
        if row.get::<i64, _>("n") == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
}

pub async fn measure(admin: &Browser, people: &[String]) -> Vec<(&'static str, String)> {
    let mut newest = Times::default();
    for _ in 0..PAGES {
        page(admin, SESSIONS, &mut newest).await;
    }
    let mut onward = Times::default();
    let mut path = SESSIONS.to_owned();
    for _ in 0..PAGES {
        let shown = page(admin, &path, &mut onward).await;
        path = format!("{SESSIONS}?before={}", shown["next"].as_str().unwrap());
    }
    let mut found = Times::default();
    let step = (people.len() / SEARCHES).max(1);
    for person in people.iter().step_by(step) {
        page(admin, &format!("{SESSIONS}?person={person}"), &mut found).await;
    }
    let mut nobody = Times::default();
    for _ in 0..SEARCHES {
        let nobodys = format!("{SESSIONS}?person=nobody-of-that-name");
        let shown = page(admin, &nobodys, &mut nobody).await;
        assert_eq!(shown["sessions"].as_array().unwrap().len(), 0);
    }
    vec![
        ("People: the newest page", newest.to_string()),
        ("People: the pages after it", onward.to_string()),
        ("People: a search for a person", found.to_string()),
        (
            "People: a search for nobody, among the newest 100,000 sessions",
            nobody.to_string(),
        ),
    ]
}

async fn page(admin: &Browser, path: &str, times: &mut Times) -> Value {
    let begun = Instant::now();
    let page = admin.json(path).await;
    times.add(begun.elapsed());
    page
}
