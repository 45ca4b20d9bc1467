//! People and groups as RFC 7643 and RFC 7644 have them.

use http::{Method, StatusCode, header};
use serde_json::{Value, json};

use super::{ENTERPRISE, GROUP, Pushing, USER, ada, on_both, person};

on_both! {
    what_is_not_known_is_kept_and_given_back
    names_of_attributes_are_compared_without_case
    what_cannot_be_stored_is_refused
    whoever_has_seen_another_version_changes_nothing
    what_has_not_changed_is_not_sent_again
    a_name_and_a_subject_are_one_persons
    attributes_are_selected
    methods_and_addresses_that_are_not_there
    a_connection_may_be_left_out_of_the_address
}

async fn what_is_not_known_is_kept_and_given_back(okta: Pushing) {
    let mut sent = ada();
    sent[ENTERPRISE] = json!({ "department": "Engines", "manager": { "value": "26118915" } });
    sent["urn:example:2.0:Badge:User"] = json!({ "color": "red", "doors": [1, 2.5, null] });
    sent["favourites"] = json!([{ "engine": "difference" }, "analytical"]);
    let path = format!("/Users/{}", okta.create("/Users", sent.clone()).await.id());
    let read = okta.get(&path).await.body;
    for name in [
        ENTERPRISE,
        "urn:example:2.0:Badge:User",
        "favourites",
        "locale",
        "emails",
    ] {
        assert_eq!(read[name], sent[name], "{name}");
    }
    let schemas = read["schemas"].as_array().unwrap();
    for schema in [USER, ENTERPRISE, "urn:example:2.0:Badge:User"] {
        assert!(schemas.contains(&json!(schema)), "{schema}");
    }
}

async fn names_of_attributes_are_compared_without_case(okta: Pushing) {
    let sent =
        json!({ "SCHEMAS": [USER], "USERNAME": "ada", "Active": "False", "TITLE": "Countess" });
    let path = format!("/Users/{}", okta.create("/Users", sent).await.id());
    let read = okta.get(&path).await.body;
    assert_eq!(read["userName"], "ada");
    assert_eq!(read["active"], false);
    assert_eq!(read["title"], "Countess");
}

async fn what_cannot_be_stored_is_refused(okta: Pushing) {
    let valid = |change: fn(&mut Value)| {
        let mut person = ada();
        change(&mut person);
        person
    };
    for (body, scim_type) in [
        (valid(|ada| ada["userName"] = json!("")), "invalidValue"),
        (valid(|ada| ada["userName"] = json!(7)), "invalidValue"),
        (valid(|ada| ada["userName"] = Value::Null), "invalidValue"),
        (
            valid(|ada| ada["userName"] = json!("a\u{0}b")),
            "invalidValue",
        ),
        (
            valid(|ada| ada["externalId"] = json!("a\u{0}b")),
            "invalidValue",
        ),
        (
            valid(|ada| ada["userName"] = json!("x".repeat(501))),
            "invalidValue",
        ),
        (
            valid(|ada| ada["active"] = json!("perhaps")),
            "invalidValue",
        ),
        (valid(|ada| ada["name"] = json!("Ada")), "invalidValue"),
        (
            valid(|ada| ada["emails"] = json!(["ada@example.com"])),
            "invalidValue",
        ),
        (
            valid(|ada| ada["emails"] = json!([{ "primary": true }, { "primary": true }])),
            "invalidValue",
        ),
        (
            valid(|ada| ada["schemas"] = json!([GROUP])),
            "invalidSyntax",
        ),
        (valid(|ada| ada["schemas"] = Value::Null), "invalidSyntax"),
        (json!([]), "invalidSyntax"),
    ] {
        let answer = okta.send(Method::POST, "/Users", body.clone()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(answer.body["scimType"], scim_type, "{body}");
    }
    assert_eq!(okta.get("/Users").await.body["totalResults"], 0);
    let no_json = okta
        .app
        .browser()
        .request(Method::POST, "/scim/v2/okta/Users")
        .bearer_auth(&okta.token)
        .body("{\"userName\":")
        .send()
        .await
        .unwrap();
    assert_eq!(no_json.status(), StatusCode::BAD_REQUEST);
}

async fn whoever_has_seen_another_version_changes_nothing(okta: Pushing) {
    let created = okta.create("/Users", ada()).await;
    let path = format!("/Users/{}", created.id());
    let seen = created.tag();
    assert_eq!(created.body["meta"]["version"], json!(seen));
    let title = |title: &str| {
        json!({
            "schemas": [super::PATCH_OP],
            "Operations": [{ "op": "replace", "path": "title", "value": title }],
        })
    };
    let with = [("if-match", &*seen)];
    let changed = okta
        .send_with(Method::PATCH, &path, title("Countess"), &with)
        .await;
    assert_eq!(changed.status, StatusCode::OK);
    assert_ne!(changed.tag(), seen);
    for (method, body) in [
        (Method::PATCH, title("Duchess")),
        (Method::PUT, ada()),
        (Method::DELETE, Value::Null),
    ] {
        let late = okta.send_with(method, &path, body, &with).await;
        assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);
    }
    assert_eq!(okta.get(&path).await.body["title"], "Countess");
    let any = [("if-match", "*")];
    let deleted = okta
        .send_with(Method::DELETE, &path, Value::Null, &any)
        .await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
}

async fn what_has_not_changed_is_not_sent_again(okta: Pushing) {
    let id = okta.create("/Users", ada()).await.id();
    let path = format!("/Users/{id}");
    let tag = okta.get(&path).await.tag();
    let status = async |tag: &str| {
        let with = [("if-none-match", tag)];
        okta.send_with(Method::GET, &path, Value::Null, &with)
            .await
            .status
    };
    assert_eq!(status(&tag).await, StatusCode::NOT_MODIFIED);
    // A person's groups are theirs.
    let group =
        json!({ "schemas": [GROUP], "displayName": "Engines", "members": [{ "value": id }] });
    okta.create("/Groups", group).await;
    assert_eq!(status(&tag).await, StatusCode::OK);
}

async fn a_name_and_a_subject_are_one_persons(okta: Pushing) {
    let ada = okta.create("/Users", ada()).await.id();
    for (name, subject) in [
        ("ADA@example.com", "00u9"),
        ("other@example.com", "00u1ada"),
    ] {
        let other = okta
            .send(Method::POST, "/Users", person(name, subject))
            .await;
        assert_eq!(other.status, StatusCode::CONFLICT, "{name}");
        assert!(other.body["detail"].as_str().unwrap().contains(&ada));
    }
    let alan = okta
        .create("/Users", person("alan@example.com", "00u3alan"))
        .await
        .id();
    let rename = json!([{ "op": "replace", "path": "userName", "value": "Ada@example.com" }]);
    let renamed = okta.patch(&format!("/Users/{alan}"), rename).await;
    assert_eq!(renamed.status, StatusCode::CONFLICT);
    assert_eq!(renamed.body["scimType"], "uniqueness");
    // Without one, nobody has the same.
    for name in ["one", "two"] {
        okta.create("/Users", json!({ "schemas": [USER], "userName": name }))
            .await;
    }
}

async fn attributes_are_selected(okta: Pushing) {
    let mut sent = ada();
    sent[ENTERPRISE] = json!({ "department": "Engines", "division": "Analytical" });
    let path = format!("/Users/{}", okta.create("/Users", sent).await.id());
    let names = |body: &Value| {
        let names = body.as_object().unwrap().keys().cloned();
        names.collect::<Vec<_>>()
    };
    let asked = okta
        .get(&format!(
            "{path}?attributes=userName,name.familyName,{ENTERPRISE}:department"
        ))
        .await
        .body;
    assert_eq!(
        names(&asked),
        ["id", "name", "schemas", ENTERPRISE, "userName"]
    );
    assert_eq!(asked["name"], json!({ "familyName": "Lovelace" }));
    assert_eq!(asked[ENTERPRISE], json!({ "department": "Engines" }));
    let asked = okta
        .get(&format!(
            "{path}?excludedAttributes=emails,NAME.givenName,id"
        ))
        .await
        .body;
    assert!(asked.get("emails").is_none() && asked.get("id").is_some());
    assert_eq!(asked["name"], json!({ "familyName": "Lovelace" }));
    let listed = okta.get("/Users?attributes=userName").await.body;
    assert_eq!(
        names(&listed["Resources"][0]),
        ["id", "schemas", "userName"]
    );
}

async fn methods_and_addresses_that_are_not_there(okta: Pushing) {
    for (method, path, status) in [
        (Method::POST, "/Users/1", StatusCode::METHOD_NOT_ALLOWED),
        (Method::DELETE, "/Users", StatusCode::METHOD_NOT_ALLOWED),
        (Method::POST, "/Schemas", StatusCode::METHOD_NOT_ALLOWED),
        (Method::POST, "/Bulk", StatusCode::NOT_IMPLEMENTED),
        (Method::GET, "/Me", StatusCode::NOT_IMPLEMENTED),
        (Method::POST, "/Users/.search", StatusCode::NOT_IMPLEMENTED),
        (Method::GET, "/Devices", StatusCode::NOT_FOUND),
        (Method::GET, "/Users/1/2", StatusCode::NOT_FOUND),
    ] {
        let answer = okta.send(method.clone(), path, Value::Null).await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(answer.body["status"], status.as_str());
    }
}

async fn a_connection_may_be_left_out_of_the_address(okta: Pushing) {
    let id = okta.create("/Users", ada()).await.id();
    let at = async |path: &str| {
        let request = okta.app.browser().request(Method::GET, path);
        let answer = request
            .header(header::AUTHORIZATION, &okta.token)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.json::<Value>().await.unwrap()
    };
    for base in ["/scim/v2", "/scim/v2/okta"] {
        let read = at(&format!("{base}/Users/{id}")).await;
        let location = format!("{}{base}/Users/{id}", okta.app.url);
        assert_eq!(read["meta"]["location"], json!(location));
    }
}
