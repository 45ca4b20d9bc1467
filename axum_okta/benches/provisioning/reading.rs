//! What Okta reads with all of them there.

use crate::{
    PEOPLE_TO_A_GROUP, Rows,
    okta::{Okta, email, subject},
    times::Times,
};

/// Of each kind, one after the other.
const LOOK_UPS: usize = 2000;
const PAGES: usize = 50;
const SEARCHES: usize = 5;

pub async fn measure(okta: &Okta, people: usize, rows: &mut Rows) {
    let (mut by_name, mut by_subject) = (Times::default(), Times::default());
    for number in (0..people).step_by((people / LOOK_UPS).max(1)) {
        let (found, took) = okta.find("userName", &email(number).to_uppercase()).await;
        assert_eq!(found["totalResults"], 1);
        by_name.add(took);
        let (found, took) = okta.find("externalId", &subject(number)).await;
        assert_eq!(found["totalResults"], 1);
        by_subject.add(took);
    }
    rows.push(("`GET /Users`, `filter=userName eq`", by_name.to_string()));
    rows.push((
        "`GET /Users`, `filter=externalId eq`",
        by_subject.to_string(),
    ));
    let mut by_email = Times::default();
    for number in (0..people).step_by((people / SEARCHES).max(1)) {
        let (found, took) = okta.find("emails.value", &email(number)).await;
        assert_eq!(found["totalResults"], 1);
        by_email.add(took);
    }
    rows.push((
        "`GET /Users`, `filter=emails.value eq`",
        by_email.to_string(),
    ));
    let mut page = async |what, path: String, times: usize| {
        let mut pages = Times::default();
        for _ in 0..times {
            pages.add(okta.get(&path).await.1);
        }
        rows.push((what, pages.to_string()));
    };
    let first = "startIndex=1&count=100";
    page(
        "`GET /Users`, the first 100",
        format!("/Users?{first}"),
        PAGES,
    )
    .await;
    let middle = format!("/Users?startIndex={}&count=100", people / 2);
    page("`GET /Users`, 100 in the middle", middle, PAGES).await;
    page(
        "`GET /Groups`, the first 100",
        format!("/Groups?{first}"),
        PAGES,
    )
    .await;
    let without = format!("/Groups?{first}&excludedAttributes=members");
    page(
        "`GET /Groups`, the first 100, without members",
        without,
        PAGES,
    )
    .await;
    let last = format!(
        "/Groups?startIndex={}&count=1",
        people / PEOPLE_TO_A_GROUP + 1
    );
    page(
        "`GET /Groups`, the group of half of the people",
        last,
        SEARCHES,
    )
    .await;
}
