//! PATCH as RFC 7644 §3.5.2 has it, with its own examples.

use http::StatusCode;
use serde_json::{Value, json};

use super::{ENTERPRISE, PATCH_OP, Pushing, USER, on_both};

on_both! {
    operations_change_what_their_paths_say
    operations_that_cannot_be_done_are_refused_and_change_nothing
}

async fn operations_change_what_their_paths_say(okta: Pushing) {
    let emails = || {
        json!([
            { "type": "work", "value": "ada@example.com", "primary": true },
            { "type": "home", "value": "ada@home.example" },
        ])
    };
    for (number, (operation, attribute, expected)) in [
        // §3.5.2.1.
        (
            json!({ "op": "add", "value": {
                "emails": [{ "value": "babs@jensen.org", "type": "home" }], "nickName": "Babs",
            } }),
            "nickName",
            json!("Babs"),
        ),
        (
            json!({ "op": "add", "path": "emails", "value": [{ "value": "x@y.z", "primary": true }] }),
            "emails",
            json!([
                { "type": "work", "value": "ada@example.com" },
                { "type": "home", "value": "ada@home.example" },
                { "value": "x@y.z", "primary": true },
            ]),
        ),
        (
            json!({ "op": "add", "path": "emails", "value": emails()[1] }),
            "emails",
            emails(),
        ),
        (
            json!({ "op": "Add", "path": "name", "value": { "middleName": "King" } }),
            "name",
            json!({ "familyName": "Lovelace", "middleName": "King" }),
        ),
        (
            json!({ "op": "add", "path": "emails[type eq \"other\"].value", "value": "o@example.com" }),
            "emails",
            json!([emails()[0], emails()[1], { "type": "other", "value": "o@example.com" }]),
        ),
        // §3.5.2.2.
        (json!({ "op": "remove", "path": "title" }), "title", Value::Null),
        (
            json!({ "op": "remove", "path": "emails[type eq \"work\" and value ew \"example.com\"]" }),
            "emails",
            json!([emails()[1]]),
        ),
        (
            json!({ "op": "remove", "path": "emails[type eq \"work\"].primary" }),
            "emails",
            json!([{ "type": "work", "value": "ada@example.com" }, emails()[1]]),
        ),
        (json!({ "op": "remove", "path": "emails[value pr]" }), "emails", Value::Null),
        (json!({ "op": "remove", "path": "name.familyName" }), "name", Value::Null),
        (
            json!({ "op": "remove", "path": "emails", "value": [emails()[0]] }),
            "emails",
            json!([emails()[1]]),
        ),
        // §3.5.2.3.
        (
            json!({ "op": "replace", "path": "emails[type eq \"home\"].value", "value": "new@home" }),
            "emails",
            json!([emails()[0], { "type": "home", "value": "new@home" }]),
        ),
        (
            json!({ "op": "replace", "path": "emails[type eq \"home\"]", "value": { "primary": true } }),
            "emails",
            json!([
                { "type": "work", "value": "ada@example.com" },
                { "type": "home", "value": "ada@home.example", "primary": true },
            ]),
        ),
        (
            json!({ "op": "replace", "path": "emails", "value": [{ "value": "only@one" }] }),
            "emails",
            json!([{ "value": "only@one" }]),
        ),
        (json!({ "op": "replace", "path": "emails", "value": [] }), "emails", Value::Null),
        (json!({ "op": "replace", "path": "TITLE", "value": "Duchess" }), "title", json!("Duchess")),
        (
            json!({ "op": "replace", "value": { "name": { "givenName": "Ada" } } }),
            "name",
            json!({ "familyName": "Lovelace", "givenName": "Ada" }),
        ),
        // Attributes of extensions, in every way that clients name them.
        (
            json!({ "op": "replace", "path": format!("{ENTERPRISE}:department"), "value": "Looms" }),
            ENTERPRISE,
            json!({ "department": "Looms", "division": "Analytical" }),
        ),
        (
            json!({ "op": "replace", "value": { format!("{ENTERPRISE}:department"): "Looms" } }),
            ENTERPRISE,
            json!({ "department": "Looms", "division": "Analytical" }),
        ),
        (
            json!({ "op": "add", "value": { ENTERPRISE: { "manager": { "value": "26" } } } }),
            ENTERPRISE,
            json!({ "department": "Engines", "division": "Analytical", "manager": { "value": "26" } }),
        ),
        (
            json!({ "op": "add", "path": format!("{ENTERPRISE}:manager.value"), "value": "26" }),
            ENTERPRISE,
            json!({ "department": "Engines", "division": "Analytical", "manager": { "value": "26" } }),
        ),
        (json!({ "op": "remove", "path": ENTERPRISE }), ENTERPRISE, Value::Null),
        // What isn't known.
        (json!({ "op": "add", "value": { "shoe size": 38 } }), "shoe size", json!(38)),
        (json!({ "op": "replace", "value": { "name.givenName": "Ada" } }), "name",
            json!({ "familyName": "Lovelace", "givenName": "Ada" })),
    ]
    .into_iter()
    .enumerate()
    {
        let person = json!({
            "schemas": [USER],
            "userName": format!("ada{number}"),
            "name": { "familyName": "Lovelace" },
            "title": "Countess",
            "emails": emails(),
            ENTERPRISE: { "department": "Engines", "division": "Analytical" },
        });
        let path = format!("/Users/{}", okta.create("/Users", person).await.id());
        let answer = okta.patched(&path, json!([operation])).await;
        assert_eq!(answer.body[attribute], expected, "{operation}");
        assert_eq!(okta.get(&path).await.body, answer.body);
    }
}

async fn operations_that_cannot_be_done_are_refused_and_change_nothing(okta: Pushing) {
    let person = json!({
        "schemas": [USER], "userName": "ada", "emails": [{ "type": "work", "value": "a@b" }],
    });
    let created = okta.create("/Users", person).await;
    let path = format!("/Users/{}", created.id());
    for (operation, scim_type) in [
        (
            json!({ "op": "replace", "path": "id", "value": "1" }),
            "mutability",
        ),
        (
            json!({ "op": "add", "path": "groups", "value": [{ "value": "1" }] }),
            "mutability",
        ),
        (
            json!({ "op": "replace", "path": "meta.created", "value": "1" }),
            "mutability",
        ),
        (json!({ "op": "remove", "path": "userName" }), "mutability"),
        (json!({ "op": "remove" }), "noTarget"),
        (
            json!({ "op": "replace", "path": "emails[type eq \"home\"].value", "value": "1" }),
            "noTarget",
        ),
        (
            json!({ "op": "replace", "path": "emails[", "value": "1" }),
            "invalidPath",
        ),
        (
            json!({ "op": "replace", "path": "", "value": "1" }),
            "invalidPath",
        ),
        (json!({ "op": "replace", "path": "title" }), "invalidValue"),
        (
            json!({ "op": "replace", "path": "title", "value": 7 }),
            "invalidValue",
        ),
        (json!({ "op": "replace", "value": "title" }), "invalidValue"),
        (
            json!({ "op": "replace", "path": "userName", "value": "" }),
            "invalidValue",
        ),
        (
            json!({ "op": "copy", "path": "title", "value": "1" }),
            "invalidSyntax",
        ),
    ] {
        // All or nothing.
        let first = json!({ "op": "replace", "path": "nickName", "value": "Babs" });
        let answer = okta.patch(&path, json!([first, operation])).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{operation}");
        assert_eq!(answer.body["scimType"], scim_type, "{operation}");
        assert_eq!(okta.get(&path).await.tag(), created.tag(), "{operation}");
    }
    let no_operations = json!({ "schemas": [PATCH_OP] });
    let answer = okta.send(http::Method::PATCH, &path, no_operations).await;
    assert_eq!(answer.body["scimType"], "invalidSyntax");
}
