//! What the app's own code reads of people and groups.

use axum_okta::{
    Okta,
    directory::{Cursor, Directory, DirectoryError, Key, Membership, Page},
};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    Answer, Pushing, USER, ada,
    changes::{all_since, group, names},
    new_token, on_both, person,
};
use crate::organizations::{Market, connection};

on_both! {
    people_groups_and_memberships_are_found_by_their_keys
    everything_is_there_a_page_at_a_time
}

/// All items of a list, and how many pages it has.
pub async fn all<T>(
    page: impl AsyncFn(Option<&str>) -> Result<Page<T>, DirectoryError>,
) -> (Vec<T>, usize) {
    let (mut all, mut after, mut pages) = (Vec::new(), None::<String>, 0);
    loop {
        let page = page(after.as_deref()).await.unwrap();
        pages += 1;
        after = page.next().map(str::to_owned);
        all.extend(page);
        if after.is_none() {
            return (all, pages);
        }
    }
}

async fn people_groups_and_memberships_are_found_by_their_keys(okta: Pushing) {
    let id = okta.create("/Users", ada()).await.id();
    okta.create("/Users", person("grace@example.com", "00u2grace"))
        .await;
    let editors = okta.create("/Groups", group("Editors", &[&id])).await.id();
    let directory = okta.app.okta.directory();
    for key in [
        Key::Id(&id),
        Key::Name("ADA@example.com"),
        Key::ExternalId("00u1ada"),
    ] {
        let ada = directory.person("okta", key).await.unwrap().expect("Ada");
        assert_eq!(ada.id(), id);
        assert_eq!(ada.user_name(), "ada@example.com");
        assert_eq!(ada.external_id(), Some("00u1ada"));
        assert_eq!(ada.display_name(), "Ada Lovelace");
        assert_eq!(ada.email(), Some("ada@example.com"));
        assert_eq!((ada.connection(), ada.organization()), ("okta", "okta"));
        assert!(ada.is_active());
        assert_eq!(ada.attributes()["locale"], "en-US");
        assert!(!ada.attributes().contains_key("password"));
        let groups = directory.groups_of(&ada).await.unwrap();
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].name(), "Editors");
    }
    for key in [Key::Id(&editors), Key::Name("editors")] {
        let found = directory
            .group("okta", key)
            .await
            .unwrap()
            .expect("a group");
        assert_eq!((found.id(), found.external_id()), (&*editors, None));
        let members = directory.members_of(&found, None).await.unwrap();
        assert_eq!(members.next(), None);
        assert_eq!(members.items().len(), 1);
        assert_eq!(members.items()[0].id(), id);
    }
    let unlinked = json!({ "schemas": [USER], "userName": "barbara" });
    okta.create("/Users", unlinked).await;
    for (connection, key) in [
        ("okta", Key::Id("unknown")),
        ("okta", Key::Name("ada")),
        ("okta", Key::ExternalId("")),
        ("okta", Key::Name("\0")),
        ("acme", Key::Id(&id)),
        ("\0", Key::Id(&id)),
    ] {
        let found = directory.person(connection, key).await.unwrap();
        assert_eq!(found, None, "{connection} {key:?}");
    }
}

async fn everything_is_there_a_page_at_a_time(okta: Pushing) {
    let mut ids = Vec::new();
    for number in 0..501 {
        let body = json!({ "schemas": [USER], "userName": format!("person{number}") });
        ids.push(okta.create("/Users", body).await.id());
    }
    let members: Vec<_> = ids.iter().map(String::as_str).collect();
    let everyone = okta
        .create("/Groups", group("Everyone", &members))
        .await
        .id();
    okta.create("/Groups", group("Nobody", &[])).await;
    let directory = okta.app.okta.directory();

    let (people, pages) = all(async |after| directory.people(after).await).await;
    let found: Vec<_> = people.iter().map(|person| person.id().to_owned()).collect();
    assert_eq!((found, pages), (ids.clone(), 2));
    let (groups, _) = all(async |after| directory.groups(after).await).await;
    let groups: Vec<_> = groups.iter().map(|group| group.name()).collect();
    assert_eq!(groups, ["Everyone", "Nobody"]);
    let (memberships, pages) = all(async |after| directory.memberships(after).await).await;
    let found: Vec<_> = memberships.iter().map(Membership::person).collect();
    assert_eq!((found, pages), (members.clone(), 2));
    assert!(
        memberships
            .iter()
            .all(|one| one.group() == everyone && one.connection() == "okta")
    );
    let everyone = directory
        .group("okta", Key::Id(&everyone))
        .await
        .unwrap()
        .unwrap();
    let (people, pages) = all(async |after| directory.members_of(&everyone, after).await).await;
    let found: Vec<_> = people.iter().map(|person| person.id()).collect();
    assert_eq!((found, pages), (members, 2));
    // A place that no page named.
    for place in ["", "\0", "/", "x/y/z/\u{10ffff}"] {
        assert!(directory.people(Some(place)).await.is_ok());
        assert!(directory.memberships(Some(place)).await.is_ok());
    }
}

/// Pushes to any connection.
async fn push(market: &Market, connection: &str, token: &str, path: &str, body: &Value) -> Answer {
    let path = format!("/scim/v2/{connection}{path}");
    let request = market.app.browser().request(Method::POST, &path);
    let request = request.bearer_auth(token).body(body.to_string());
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    assert_eq!(status, StatusCode::CREATED);
    let body = response.json().await.unwrap();
    Answer {
        status,
        headers,
        body,
    }
}

/// Ada is pushed to all three, and is in a group of the same name.
async fn pushed_everywhere(market: &Market) {
    for name in ["okta", "acme", "beta"] {
        let token = new_token(&market.admin, name).await;
        let id = push(market, name, &token, "/Users", &ada()).await.id();
        push(market, name, &token, "/Groups", &group("Editors", &[&id])).await;
    }
}

async fn connections_of(directory: &Directory) -> Vec<String> {
    let (people, _) = all(async |after| directory.people(after).await).await;
    let people: Vec<_> = people
        .iter()
        .map(|one| one.connection().to_owned())
        .collect();
    let (groups, _) = all(async |after| directory.groups(after).await).await;
    let groups: Vec<_> = groups
        .iter()
        .map(|one| one.connection().to_owned())
        .collect();
    let (memberships, _) = all(async |after| directory.memberships(after).await).await;
    let memberships: Vec<_> = memberships
        .iter()
        .map(|one| one.connection().to_owned())
        .collect();
    assert_eq!((&people, &people), (&groups, &memberships));
    people
}

#[tokio::test]
async fn one_organizations_directory_never_shows_anothers() {
    let market = Market::open().await;
    let everything = market.app.okta.directory();
    let acme = everything.organization("acme");
    let start = acme.cursor().await.unwrap();
    pushed_everywhere(&market).await;
    assert_eq!(connections_of(&everything).await, ["acme", "beta", "okta"]);
    let of_beta = everything.person("beta", Key::ExternalId("00u1ada")).await;
    let of_beta = of_beta.unwrap().expect("Ada at Beta");
    let group_of_beta = everything.group("beta", Key::Name("Editors")).await;
    let group_of_beta = group_of_beta.unwrap().expect("a group");
    for own in [acme.clone(), everything.connection("acme")] {
        assert_eq!(connections_of(&own).await, ["acme"]);
        for (connection, key) in [
            ("beta", Key::Id(of_beta.id())),
            ("beta", Key::Name("ada@example.com")),
            ("okta", Key::ExternalId("00u1ada")),
            ("acme", Key::Id(of_beta.id())),
        ] {
            assert_eq!(own.person(connection, key).await.unwrap(), None);
        }
        assert_eq!(own.group("beta", Key::Name("Editors")).await.unwrap(), None);
        assert!(own.groups_of(&of_beta).await.unwrap().is_empty());
        let members = own.members_of(&group_of_beta, None).await.unwrap();
        assert!(members.items().is_empty());
    }
    let (changes, cursor) = all_since(&acme, &start).await;
    assert_eq!(changes.len(), 3);
    assert!(changes.iter().all(|change| change.connection() == "acme"));
    for nobodys in ["nobody", "", "\0"] {
        assert_eq!(
            connections_of(&everything.organization(nobodys)).await,
            [""; 0]
        );
        assert_eq!(
            connections_of(&everything.connection(nobodys)).await,
            [""; 0]
        );
    }

    // A second connection is one more to read; the first one moves away, and with it its people.
    let joined = json!({ "organization": "acme" });
    assert_eq!(market.change("beta", joined).await, StatusCode::OK);
    assert_eq!(connections_of(&acme).await, ["acme", "beta"]);
    let changes = acme.changes_since(&cursor).await;
    assert!(matches!(changes, Err(DirectoryError::ReadAgain)));
    let left = json!({ "organization": "somebody-else" });
    assert_eq!(market.change("acme", left).await, StatusCode::OK);
    assert_eq!(connections_of(&acme).await, ["beta"]);
    let ada = everything.person("acme", Key::ExternalId("00u1ada")).await;
    assert_eq!(ada.unwrap().unwrap().organization(), "somebody-else");
    // Disabled, its data is still the organization's.
    let disabled = json!({ "enabled": false });
    assert_eq!(market.change("beta", disabled).await, StatusCode::OK);
    assert_eq!(connections_of(&acme).await, ["beta"]);
}

#[tokio::test]
async fn with_a_connection_its_people_are_gone() {
    let market = Market::open().await;
    pushed_everywhere(&market).await;
    let everything = market.app.okta.directory();
    let acme = everything.connection("acme");
    let cursors = [
        everything.cursor().await.unwrap(),
        acme.cursor().await.unwrap(),
    ];
    let path = connection("acme");
    let deleted = market
        .admin
        .request(Method::DELETE, &path)
        .send()
        .await
        .unwrap();
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    assert_eq!(connections_of(&everything).await, ["beta", "okta"]);
    assert_eq!(connections_of(&acme).await, [""; 0]);
    for (directory, cursor) in [everything, acme].iter().zip(&cursors) {
        let (changes, _) = all_since(directory, cursor).await;
        assert_eq!(names(&changes), ["connection acme deleted"]);
    }
}

#[tokio::test]
async fn what_is_not_open_says_so() {
    let okta = Okta::builder().database("sqlite:/nowhere/at/all.db");
    let okta = okta.open_or_deny().await.unwrap();
    let directory = okta.directory();
    assert!(matches!(
        directory.people(None).await,
        Err(DirectoryError::Closed)
    ));
    assert!(matches!(
        directory.cursor().await,
        Err(DirectoryError::Closed)
    ));
    let cursor = Cursor::from("0-all".to_owned());
    let changes = directory.next_changes(&cursor).await;
    assert!(matches!(changes, Err(DirectoryError::Closed)));
}
