//! Okta pushes people and groups while the server is killed.

use http::header;
use reqwest::Client;
use serde_json::Value;

use crate::{
    company::{Company, start_at},
    harness::scim::{OktaScim, Staff},
};

/// Requests that are answered before the server is killed, again and again.
const KILLED_AFTER: [usize; 4] = [15, 60, 100, 130];

impl Company {
    async fn scim_token(&self) -> String {
        let path = "api/okta/connections/okta/provisioning/tokens";
        let made = Client::new()
            .post(format!("{}/{path}", self.server.url))
            .header(header::COOKIE, format!("okta_session={}", self.cookie))
            .send()
            .await
            .unwrap();
        let made: Value = made.json().await.unwrap();
        made["token"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn a_server_that_is_killed_in_the_middle_of_a_push_has_each_request_or_nothing_of_it() {
    let mut company = Company::start().await;
    let url = company.server.url.clone();
    let okta = OktaScim::to(&[&url], &company.scim_token().await);
    let staff = Staff::of(60, 6);
    for answered in KILLED_AFTER {
        let killing = async {
            okta.until_answered(answered).await;
            company.server.stop().await;
        };
        let breaks_off = async { while okta.push(&staff).await.is_ok() {} };
        tokio::join!(breaks_off, killing);
        let address = url.strip_prefix("http://").unwrap();
        company.server = start_at(address, company.folder.path(), &[]).await;
        let there = okta.pushed().await;
        for (name, active) in there.people {
            assert_eq!(active, staff.people[&name], "{name}");
        }
        for (name, members) in there.groups {
            assert!(
                members.is_empty() || members == staff.groups[&name],
                "{name}"
            );
        }
    }
    okta.push(&staff).await.unwrap();
    assert_eq!(okta.pushed().await, staff);
}
