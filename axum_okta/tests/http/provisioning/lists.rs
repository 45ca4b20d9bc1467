//! Filters, sorting, and pages.

use http::StatusCode;
use serde_json::{Value, json};

use super::{GROUP, Pushing, USER, on_both};

on_both! {
    filters_find_people_and_groups
    a_filter_that_cannot_be_used_is_refused
    pages_are_stable_and_complete
    lists_are_sorted
}

fn names(list: &Value) -> Vec<&str> {
    let resources = list["Resources"].as_array().unwrap();
    let names = resources
        .iter()
        .map(|one| one["userName"].as_str().unwrap());
    names.collect()
}

async fn three(okta: &Pushing) -> Vec<String> {
    let mut ids = Vec::new();
    for (name, title, active) in [
        ("c", "Countess", true),
        ("a", "Admiral", true),
        ("b", "", false),
    ] {
        let person = json!({
            "schemas": [USER],
            "userName": name,
            "externalId": format!("00u{name}"),
            "title": title,
            "active": active,
            "emails": [{ "value": format!("{name}@example.com"), "type": "work" }],
        });
        ids.push(okta.create("/Users", person).await.id());
    }
    ids
}

async fn filters_find_people_and_groups(okta: Pushing) {
    let ids = three(&okta).await;
    let group = json!({
        "schemas": [GROUP], "displayName": "Engines", "externalId": "g1",
        "members": [{ "value": ids[0] }],
    });
    let group = okta.create("/Groups", group).await.id();
    for (filter, expected) in [
        (r#"userName eq "A""#.to_owned(), &["a"][..]),
        (r#"externalId eq "00ub""#.to_owned(), &["b"]),
        (format!("id eq \"{}\"", ids[0]), &["c"]),
        (r#"emails[value eq "b@example.com"]"#.to_owned(), &["b"]),
        (r#"emails.value sw "a@""#.to_owned(), &["a"]),
        (r#"emails.value eq "B@EXAMPLE.com""#.to_owned(), &["b"]),
        (r#"emails eq "c@example.com""#.to_owned(), &["c"]),
        (r#"emails.value eq "b@example""#.to_owned(), &[]),
        ("active eq true and title pr".to_owned(), &["c", "a"]),
        (
            r#"title co "count" or userName eq "b""#.to_owned(),
            &["c", "b"],
        ),
        ("not (active eq true)".to_owned(), &["b"]),
        (format!("groups.value eq \"{group}\""), &["c"]),
        (
            r#"meta.resourceType eq "User""#.to_owned(),
            &["c", "a", "b"],
        ),
        (r#"userName eq "nobody""#.to_owned(), &[]),
        (r#"userName eq "a\u0000""#.to_owned(), &[]),
    ] {
        let found = okta.find("Users", &filter).await;
        assert_eq!(found.status, StatusCode::OK, "{filter} {}", found.body);
        assert_eq!(names(&found.body), expected, "{filter}");
        assert_eq!(
            found.body["totalResults"],
            json!(expected.len()),
            "{filter}"
        );
    }
    for filter in [
        r#"displayName eq "ENGINES""#.to_owned(),
        r#"externalId eq "g1""#.to_owned(),
        format!("members[value eq \"{}\"]", ids[0]),
        format!("members.value eq \"{}\" and displayName sw \"E\"", ids[0]),
    ] {
        let found = okta.find("Groups", &filter).await;
        assert_eq!(found.body["totalResults"], json!(1), "{filter}");
        assert_eq!(found.body["Resources"][0]["id"], json!(group));
    }
    let found = okta
        .find("Groups", &format!("members.value eq \"{}\"", ids[1]))
        .await;
    assert_eq!(found.body["totalResults"], json!(0));
}

async fn a_filter_that_cannot_be_used_is_refused(okta: Pushing) {
    three(&okta).await;
    let deep = format!("{}userName pr{}", "(".repeat(100), ")".repeat(100));
    let long = vec!["title pr"; 2000].join(" or ");
    for filter in [
        "userName",
        "userName eq ada",
        "active gt true",
        &deep,
        &long,
    ] {
        let found = okta.find("Users", filter).await;
        assert_eq!(found.status, StatusCode::BAD_REQUEST);
        assert_eq!(found.body["scimType"], "invalidFilter");
    }
}

async fn pages_are_stable_and_complete(okta: Pushing) {
    let mut created = Vec::new();
    for number in 0..25 {
        let name = format!("person{number}");
        let body = json!({ "schemas": [USER], "userName": name });
        created.push(okta.create("/Users", body).await.id());
    }
    let page = async |query: &str| okta.get(&format!("/Users?{query}")).await.body;
    let ids = |page: &Value| -> Vec<String> {
        let resources = page["Resources"].as_array().unwrap();
        resources
            .iter()
            .map(|one| one["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let mut seen = Vec::new();
    for start in [1, 11, 21] {
        let found = page(&format!("startIndex={start}&count=10")).await;
        assert_eq!(found["totalResults"], json!(25));
        assert_eq!(found["startIndex"], json!(start));
        let ids = ids(&found);
        assert_eq!(found["itemsPerPage"], json!(ids.len()));
        seen.extend(ids);
    }
    assert_eq!(seen, created);
    let filter = "filter=userName%20sw%20%22person%22";
    let filtered = page(&format!("{filter}&startIndex=21&count=10")).await;
    assert_eq!(ids(&filtered), created[20..]);
    assert_eq!(filtered["totalResults"], json!(25));
    let none = page("count=0").await;
    assert_eq!((&none["totalResults"], ids(&none).len()), (&json!(25), 0));
    assert_eq!(ids(&page("startIndex=-5&count=2").await), created[..2]);
    assert_eq!(ids(&page("startIndex=100").await), [""; 0]);
    let wrong = okta.get("/Users?count=many").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

async fn lists_are_sorted(okta: Pushing) {
    three(&okta).await;
    for (query, expected) in [
        ("sortBy=userName", ["a", "b", "c"]),
        ("sortBy=userName&sortOrder=descending", ["c", "b", "a"]),
        ("sortBy=title&sortOrder=ascending", ["b", "a", "c"]),
        ("sortBy=emails.value", ["a", "b", "c"]),
        ("sortBy=emails", ["a", "b", "c"]),
        ("sortBy=active&sortOrder=descending", ["c", "a", "b"]),
        ("sortBy=ID&sortOrder=descending", ["b", "a", "c"]),
    ] {
        let sorted = okta.get(&format!("/Users?{query}")).await;
        assert_eq!(names(&sorted.body), expected, "{query}");
    }
    let page = okta
        .get("/Users?sortBy=userName&startIndex=2&count=1")
        .await;
    assert_eq!(names(&page.body), ["b"]);
    assert_eq!(page.body["totalResults"], json!(3));
}
