//! What somebody tries who has a token and means harm, or has none.

use axum_okta::connection::GroupsFrom;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{GROUP, PROVISIONING, Pushing, USER, ada, new_token, on_both, person, send};
use crate::harness::{self, App, Browser, Provider, form, table};

on_both! {
    a_resource_has_no_more_than_anybody_knows_about_one
    a_request_does_no_more_work_than_it_is_worth
    an_answer_and_the_log_repeat_no_more_than_somebody_reads
    names_are_one_name_whatever_their_case
    values_of_different_types_are_sorted
    an_id_that_no_database_takes_is_unknown
    attributes_below_the_urn_of_their_schema_count
}

/// Past the plugin.
async fn execute(app: &App, sql: &'static str) {
    let mut database = app.sql().await;
    sqlx::query(sql).execute(&mut database).await.unwrap();
}

async fn is_refused(okta: &Pushing, method: Method, path: &str, body: Value) {
    let answer = okta.send(method, path, body).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
}

fn add(path: &str, value: Value) -> Value {
    json!([{ "op": "add", "path": path, "value": value }])
}

async fn a_resource_has_no_more_than_anybody_knows_about_one(okta: Pushing) {
    let with = |name: &str, value: Value| {
        let mut person = ada();
        person[name] = value;
        person
    };
    let many: Value = (0..2001).map(|number| json!(number)).collect();
    let large = json!("x".repeat(64 * 1024));
    for value in [many, large] {
        let wrong = with("favourites", value);
        is_refused(&okta, Method::POST, "/Users", wrong).await;
    }
    for name in ["userName", "externalId"] {
        let wrong = with(name, json!("ada\n2026-01-01 INFO signed in"));
        is_refused(&okta, Method::POST, "/Users", wrong).await;
    }
    let longer_than_a_body = with("favourites", json!("x".repeat(256 * 1024)));
    let answer = okta.send(Method::POST, "/Users", longer_than_a_body).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    // Nor does it become more, bit by bit.
    let path = format!("/Users/{}", okta.create("/Users", ada()).await.id());
    let values = |from: usize| (from..from + 900).map(|number| json!(number));
    okta.patched(&path, add("favourites", values(0).collect()))
        .await;
    let again = add("favourites", values(900).collect());
    okta.patched(&path, again).await;
    let too_many = okta
        .patch(&path, add("favourites", values(1800).collect()))
        .await;
    assert_eq!(too_many.status, StatusCode::BAD_REQUEST);
    let favourites = okta.get(&path).await.body["favourites"].take();
    assert_eq!(
        favourites.as_array().unwrap().len(),
        1800,
        "nothing was changed"
    );
    let no_json = okta.send_with(
        Method::POST,
        "/Users",
        person("alan@example.com", "00u3alan"),
        &[("content-type", "text/plain")],
    );
    assert_eq!(no_json.await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

async fn a_request_does_no_more_work_than_it_is_worth(okta: Pushing) {
    let path = format!("/Users/{}", okta.create("/Users", ada()).await.id());
    let terms = |count: usize| vec!["title pr"; count].join(" or ");
    let found = okta.find("Users", &terms(50)).await;
    assert_eq!(found.status, StatusCode::OK);
    let too_many = okta.find("Users", &terms(51)).await;
    assert_eq!(too_many.status, StatusCode::BAD_REQUEST);
    assert_eq!(too_many.body["scimType"], "invalidFilter");
    let deep = format!("{}title pr{}", "(".repeat(2000), ")".repeat(2000));
    assert_eq!(
        okta.find("Users", &deep).await.status,
        StatusCode::BAD_REQUEST
    );
    let selected = vec!["title"; 101].join(",");
    let answer = okta.get(&format!("/Users?attributes={selected}")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);

    let in_brackets = format!("emails[{}].display", terms(51));
    let answer = okta.patch(&path, add(&in_brackets, json!("Ada"))).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let set = json!({ "op": "replace", "path": "title", "value": "Countess" });
    let operations = |count: usize| json!(vec![&set; count]);
    assert_eq!(
        okta.patch(&path, operations(100)).await.status,
        StatusCode::OK
    );
    let answer = okta.patch(&path, operations(101)).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let names = (0..2001).map(|number| (format!("a{number}"), json!(1)));
    let many = json!([{ "op": "replace", "value": names.collect::<serde_json::Map<_, _>>() }]);
    assert_eq!(
        okta.patch(&path, many).await.status,
        StatusCode::BAD_REQUEST
    );

    let members: Value = (0..100_001)
        .map(|number| json!(format!("{number}")))
        .collect();
    let group = json!({ "schemas": [GROUP], "displayName": "Everybody", "members": members });
    is_refused(&okta, Method::POST, "/Groups", group).await;
    let group = json!({ "schemas": [GROUP], "displayName": "Everybody" });
    let path = format!("/Groups/{}", okta.create("/Groups", group).await.id());
    let answer = okta.patch(&path, add("members", members)).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    // Of operations on members there may be many.
    let remove = json!({ "op": "remove", "path": "members[value eq \"nobody\"]" });
    let many = json!(vec![&remove; 500]);
    assert_eq!(okta.patch(&path, many).await.status, StatusCode::OK);
}

async fn an_answer_and_the_log_repeat_no_more_than_somebody_reads(okta: Pushing) {
    let path = format!("/Users/{}", okta.create("/Users", ada()).await.id());
    let long = "x".repeat(100_000);
    let answer = okta
        .patch(&path, add(&format!("title {long}"), json!(1)))
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let detail = answer.body["detail"].as_str().unwrap();
    assert!(detail.len() < 1000, "{}", detail.len());
    assert!(okta.noted("/Users").await.len() < 1000);
    let unknown = json!([{ "value": long }, { "value": format!("y{long}") }]);
    let group = json!({ "schemas": [GROUP], "displayName": "Engines", "members": unknown });
    okta.create("/Groups", group).await;
    let noted = okta.noted("/Groups").await;
    assert!(
        noted.starts_with("left out 2 unknown members: xxx"),
        "{noted}"
    );
    assert!(noted.len() < 1000, "{}", noted.len());
    okta.get(&format!("/Users?attributes={}", "x".repeat(10_000)))
        .await;
    let longest = async || {
        let log: Value = okta.admin.json(&format!("{PROVISIONING}/requests")).await;
        let requests = log["requests"].as_array().unwrap().iter();
        let paths = requests.map(|request| request["path"].as_str().unwrap().len());
        paths.max().unwrap()
    };
    while longest().await < 1000 {
        tokio::task::yield_now().await;
    }
    assert!(longest().await < 3000);
}

/// Capitals are more than those of ASCII, and what is beside a letter doesn't matter.
async fn names_are_one_name_whatever_their_case(okta: Pushing) {
    for (name, others) in [
        ("ΟΔΟΣ@example.com", ["οδος@example.com", "οδοσ@EXAMPLE.com"]),
        ("straße", ["STRASSE", "Strasse"]),
        ("Kelvin", ["kelvin", "\u{212a}elvin"]),
    ] {
        let of = |name: &str| json!({ "schemas": [USER], "userName": name });
        let id = okta.create("/Users", of(name)).await.id();
        for other in others {
            let again = okta.send(Method::POST, "/Users", of(other)).await;
            assert_eq!(again.status, StatusCode::CONFLICT, "{other}");
            // By the index, and by looking at all of them.
            for filter in [
                format!("userName eq \"{other}\""),
                format!("userName eq \"{other}\" and active eq true"),
            ] {
                let found = okta.find("Users", &filter).await.body;
                assert_eq!(found["Resources"][0]["id"], json!(id), "{filter}");
            }
        }
    }
}

async fn values_of_different_types_are_sorted(okta: Pushing) {
    for number in 0..60 {
        let shoes = match number % 4 {
            0 => json!(number),
            1 => json!(format!("size {number}")),
            2 => json!(number % 3 == 0),
            _ => json!([[number], { "value": [number] }]),
        };
        let body = json!({ "schemas": [USER], "userName": format!("{number}"), "shoes": shoes });
        okta.create("/Users", body).await;
    }
    for order in ["ascending", "descending"] {
        let sorted = okta
            .get(&format!("/Users?sortBy=shoes&sortOrder={order}"))
            .await;
        assert_eq!(sorted.status, StatusCode::OK);
        assert_eq!(sorted.body["itemsPerPage"], 60);
    }
    let page = okta
        .get("/Users?sortBy=shoes&startIndex=16&count=2")
        .await
        .body;
    let first = &page["Resources"][0]["shoes"];
    assert_eq!(first, &json!(0), "after the switches come the numbers");
}

async fn an_id_that_no_database_takes_is_unknown(okta: Pushing) {
    for path in ["/Users/%00", "/Groups/%00", "/Users/a%00b"] {
        let body = json!({ "schemas": [super::PATCH_OP], "Operations": [] });
        let seen = [("if-match", "W/\"1\"")];
        let answer = okta.send_with(Method::PATCH, path, body, &seen).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        let answer = okta
            .send_with(Method::DELETE, path, Value::Null, &seen)
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

/// A client that deactivates somebody so is not told that it is done although it isn't.
async fn attributes_below_the_urn_of_their_schema_count(okta: Pushing) {
    let path = format!("/Users/{}", okta.create("/Users", ada()).await.id());
    let activate = |active: bool| json!({ USER: { "active": active } });
    for operations in [
        json!([{ "op": "replace", "value": activate(false) }]),
        json!([{ "op": "replace", "path": USER, "value": { "active": true } }]),
    ] {
        let answer = okta.patched(&path, operations).await;
        let stored = okta.get(&path).await.body;
        assert_eq!(answer.body["active"], stored["active"]);
        assert!(stored.get(USER).is_none());
    }
    assert_eq!(okta.get(&path).await.body["active"], true);
    let mut whole = ada();
    whole[USER] = json!({ "active": false, "title": "Countess" });
    whole.as_object_mut().unwrap().remove("active");
    let put = okta.send(Method::PUT, &path, whole).await;
    assert_eq!(put.status, StatusCode::OK);
    assert_eq!(
        [&put.body["active"], &put.body["title"]],
        [&json!(false), &json!("Countess")]
    );
}

#[tokio::test]
async fn a_page_of_groups_has_as_many_members_as_fit_into_memory() {
    let okta = Pushing::on_sqlite().await;
    for name in ["a", "b", "c"] {
        let group = json!({ "schemas": [GROUP], "displayName": name });
        okta.create("/Groups", group).await;
    }
    execute(
        &okta.app,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) \
         INSERT INTO okta_scim_member (connection, group_id, person_id) \
         SELECT 'okta', id, i FROM okta_scim_resource, n WHERE kind = 'Group'",
    )
    .await;
    for start in 1..=3 {
        let page = okta.get(&format!("/Groups?startIndex={start}")).await.body;
        assert_eq!(page["totalResults"], 3);
        assert_eq!(page["itemsPerPage"], 1);
    }
    let all = okta.get("/Groups?excludedAttributes=members").await.body;
    assert_eq!(all["itemsPerPage"], 3);
    let found = okta
        .find("Groups", r#"members.value eq "nobody""#)
        .await
        .body;
    assert_eq!(found["totalResults"], 0);
}

#[tokio::test]
async fn looking_at_everybody_costs_more_than_asking_for_one() {
    let app = App::start_with(|builder| builder.scim_requests_per_minute(4)).await;
    let okta = Pushing::to(app).await;
    let look = async || okta.find("Users", "title pr").await.status;
    assert_eq!(look().await, StatusCode::OK);
    assert_eq!(look().await, StatusCode::OK);
    assert_eq!(look().await, StatusCode::TOO_MANY_REQUESTS);
}

/// Not even to see whether it is there.
#[tokio::test]
async fn an_invented_token_is_not_looked_for() {
    let okta = Pushing::on_sqlite().await;
    execute(&okta.app, "ALTER TABLE okta_scim_token RENAME TO gone").await;
    let ask = async |token: &str| {
        let path = "/Users";
        send(&okta.client, token, Method::GET, path, Value::Null, &[])
            .await
            .status
    };
    let mut invented = okta.token.clone();
    invented.replace_range(20..21, if &invented[20..21] == "a" { "b" } else { "a" });
    for token in ["wrong", &*invented, "' OR 1=1 --"] {
        assert_eq!(ask(token).await, StatusCode::UNAUTHORIZED, "{token}");
    }
    assert_eq!(ask(&okta.token).await, StatusCode::SERVICE_UNAVAILABLE);
}

/// Without provisioning a session is read without asking what was pushed; with it, nobody comes in
/// unasked.
#[tokio::test]
async fn what_was_pushed_is_looked_up_where_something_can_have_been() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    let browser = app.signed_in(&provider, harness::ada()).await;
    execute(&app, "ALTER TABLE okta_scim_resource RENAME TO gone").await;
    let app = app.restart().await;
    assert!(browser.is_signed_in().await && admin.is_signed_in().await);
    app.signed_in(&provider, harness::ada()).await;
    // From now on, and for those who are signed in already.
    new_token(&admin, "okta").await;
    assert!(!browser.is_signed_in().await);
    execute(&app, "ALTER TABLE gone RENAME TO okta_scim_resource").await;
    assert!(browser.is_signed_in().await);
    execute(&app, "ALTER TABLE okta_scim_resource RENAME TO gone").await;
    let app = app.restart().await;
    assert!(!browser.is_signed_in().await);
    execute(&app, "ALTER TABLE gone RENAME TO okta_scim_resource").await;
    assert!(browser.is_signed_in().await);
}

/// Whatever a server remembers: where a token counts, what is pushed with it does.
#[tokio::test]
async fn a_push_counts_although_nobody_remembers_that_provisioning_is_on() {
    let okta = Pushing::on_sqlite().await;
    let path = format!("/Users/{}", okta.create("/Users", ada()).await.id());
    execute(&okta.app, "DELETE FROM okta_scim_connection").await;
    let Pushing {
        app,
        provider,
        token,
        ..
    } = okta;
    let app = app.restart().await;
    let browser = app.signed_in(&provider, harness::ada()).await;
    let body = json!({
        "schemas": [super::PATCH_OP],
        "Operations": [{ "op": "replace", "value": { "active": false } }],
    });
    let pushed = send(&app.browser(), &token, Method::PATCH, &path, body, &[]).await;
    assert_eq!(pushed.status, StatusCode::OK);
    assert!(!browser.is_signed_in().await);
    let again = app.browser().sign_in("/").await;
    assert_eq!(again.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_org_that_is_no_longer_connected_pushes_nothing() {
    let okta = Pushing::on_sqlite().await;
    let ask = async |token: &str| {
        let path = "/Users";
        send(&okta.client, token, Method::GET, path, Value::Null, &[])
            .await
            .status
    };
    // The same org may be connected in another way.
    okta.set(|form| form.options.display_name = "Another name".to_owned())
        .await;
    assert_eq!(ask(&okta.token).await, StatusCode::OK);
    okta.admin.disconnect().await;
    assert_eq!(ask(&okta.token).await, StatusCode::UNAUTHORIZED);
    let connected = okta.admin.connect(&form(&okta.provider)).await;
    assert_eq!(connected.status(), StatusCode::OK);
    assert_eq!(ask(&okta.token).await, StatusCode::UNAUTHORIZED);
    let token = new_token(&okta.admin, "okta").await;
    assert_eq!(ask(&token).await, StatusCode::OK);
    let other = Provider::start(&okta.app.callback()).await;
    let connected = okta.admin.connect(&form(&other)).await;
    assert_eq!(connected.status(), StatusCode::OK);
    assert_eq!(ask(&token).await, StatusCode::UNAUTHORIZED);
}

/// Also if they hold the settings open after they reconnected.
#[tokio::test]
async fn an_admin_whom_okta_deactivates_keeps_no_right_to_the_settings() {
    let okta = Pushing::on_sqlite().await;
    let grace = person("grace@example.com", "00u2grace");
    let path = format!("/Users/{}", okta.create("/Users", grace).await.id());
    okta.admin.disconnect().await;
    okta.admin.connect(&form(&okta.provider)).await;
    assert!(!okta.admin.is_signed_in().await);
    let token = new_token(&okta.admin, "okta").await;
    let activate = async |active: bool| {
        let body = json!({
            "schemas": [super::PATCH_OP],
            "Operations": [{ "op": "replace", "value": { "active": active } }],
        });
        send(&okta.client, &token, Method::PATCH, &path, body, &[]).await
    };
    let settings = async || okta.admin.api("/api/okta/roles").await.status();
    assert_eq!(settings().await, StatusCode::OK);
    assert_eq!(activate(false).await.status, StatusCode::OK);
    assert_eq!(settings().await, StatusCode::UNAUTHORIZED);
}

/// They are admins by what is pushed, not by what Okta said when they signed in.
#[tokio::test]
async fn an_admin_by_a_pushed_group_is_one_while_they_are_in_it() {
    let okta = Pushing::on_sqlite().await;
    okta.set(|form| form.options.groups_from = GroupsFrom::Provisioning)
        .await;
    let admins = table(&[("Admins", "admin")]);
    okta.admin.set_roles(&admins).await;
    let id = okta.create("/Users", ada()).await.id();
    let group =
        json!({ "schemas": [GROUP], "displayName": "Admins", "members": [{ "value": id }] });
    let group = format!("/Groups/{}", okta.create("/Groups", group).await.id());
    let browser = okta.signed_in_as_ada().await;
    let change = async || browser.set_roles(&admins).await.status();
    assert_eq!(change().await, StatusCode::NO_CONTENT);
    okta.patched(&group, json!([{ "op": "remove", "path": "members" }]))
        .await;
    assert_eq!(change().await, StatusCode::FORBIDDEN);
}

/// Whoever has a link may set provisioning up, and learns of nobody who was pushed.
#[tokio::test]
async fn a_setup_link_gives_no_token_once_people_were_pushed() {
    let okta = Pushing::on_sqlite().await;
    let acme = Provider::start(&format!("{}/acme", okta.app.callback())).await;
    let connected = okta.admin.connect_as("acme", &form(&acme)).await;
    assert_eq!(connected.status(), StatusCode::OK);
    let settings = "/api/okta/connections/acme";
    let link = format!("{settings}/setup-links");
    let link = okta.admin.send_json(Method::POST, &link, &json!({})).await;
    let link: Value = link.json().await.unwrap();
    let address = link["address"].as_str().unwrap();
    let browser: Browser = okta.app.browser();
    let code = address.split_once("code=").unwrap().1;
    browser.submit("/login/setup", &[("code", code)]).await;

    let token = new_token(&browser, "acme").await;
    let push = okta.client.request(Method::POST, "/scim/v2/acme/Users");
    let pushed = push.bearer_auth(&token).json(&ada()).send().await.unwrap();
    assert_eq!(pushed.status(), StatusCode::CREATED);
    let provisioning = format!("{settings}/provisioning");
    let refused = browser.post(&format!("{provisioning}/tokens")).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let keys = json!({ "jwks": okta.provider.key_set().await });
    let clients = format!("{provisioning}/clients");
    let refused = browser.send_json(Method::POST, &clients, &keys).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let seen = async || browser.json::<Value>(&provisioning).await["last_request"].take();
    while seen().await.is_null() {
        tokio::task::yield_now().await;
    }
    let seen = seen().await;
    assert_eq!([&seen["method"], &seen["path"]], ["POST", "/Users"]);
    assert!(!seen.to_string().contains("ada"), "{seen}");
}
