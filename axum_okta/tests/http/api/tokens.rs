//! Admin tokens: who makes them, what they are good for, and until when.

use std::time::Duration;

use axum_okta::settings::{AdminTokenForm, TokenAccess};
use futures::future::join_all;
use http::{Method, StatusCode, header};
use serde_json::{Value, json};

use super::{Program, TOKENS, create};
use crate::{
    harness::{App, SETUP_CODE, form, form_with, table},
    organizations::{Market, connection},
};

fn writes(name: &str) -> AdminTokenForm {
    AdminTokenForm::new(name).access(TokenAccess::Write)
}

#[tokio::test]
async fn a_program_with_a_token_changes_the_settings_and_the_trail_says_which() {
    let market = Market::open().await;
    let (token, id) = create(&market.admin, TOKENS, writes("Deployment")).await;
    let program = Program::new(&market.app, &token);
    let page = program.json("/api/okta/connections").await;
    assert_eq!(page["total"], 3);
    let named = json!({ "display_name": "Acme Inc." });
    let changed = program
        .send(Method::PATCH, &connection("acme"), &named)
        .await;
    assert_eq!(changed.status(), StatusCode::OK);
    let connected = program
        .send(Method::PUT, &connection("acme"), &json!(form(&market.acme)))
        .await;
    assert_eq!(connected.status(), StatusCode::OK);
    assert!(connected.cookies().next().is_none());

    let audit = market.admin.audit().await;
    assert_eq!(audit[0]["event"], "connected");
    let actor = json!({ "kind": "token", "id": id, "name": "Deployment" });
    assert_eq!(audit[0]["actor"], actor);
    let made = audit.as_array().unwrap();
    assert!(made.iter().any(|entry| entry["event"] == "token_made"));
    assert!(!audit.to_string().contains(&token));

    let listed: Value = market.admin.json(TOKENS).await;
    let listed = &listed["tokens"][0];
    assert_eq!(listed["id"], id);
    assert_eq!(listed["connections"], Value::Null);
    assert_eq!(listed["made_by"], "Ada Lovelace (00u1ada)");
    assert!(listed["used_at"].as_i64() >= listed["made_at"].as_i64());
    assert!(listed.get("token").is_none() && listed.get("hash").is_none());
    assert!(!market.app.stores(&token), "only its hash is stored");
}

#[tokio::test]
async fn a_token_that_reads_changes_nothing() {
    let market = Market::open().await;
    let program = Program::with(&market.app, &market.admin, AdminTokenForm::new("Report")).await;
    for path in ["/api/okta/audit", "/api/okta/sessions", "/api/okta/roles"] {
        assert_eq!(program.get(path).await.status(), StatusCode::OK, "{path}");
    }
    let acme = connection("acme");
    for (method, path) in [
        (Method::PUT, acme.clone()),
        (Method::PATCH, acme.clone()),
        (Method::POST, acme.clone()),
        (Method::DELETE, acme.clone()),
        (Method::PUT, format!("{acme}/roles")),
        (Method::PUT, format!("{acme}/domains/acme.com")),
        (Method::PUT, format!("{acme}/branding")),
        (Method::POST, format!("{acme}/setup-links")),
        (Method::POST, format!("{acme}/provisioning/tokens")),
        (Method::DELETE, "/api/okta/sessions".to_owned()),
        (Method::POST, TOKENS.to_owned()),
    ] {
        let refused = program.send(method.clone(), &path, &json!({})).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{method} {path}");
    }
}

#[tokio::test]
async fn a_token_of_one_organization_is_good_for_it_alone() {
    let market = Market::open().await;
    let admin = market.admin_of("acme").await;
    let (token, _) = create(&admin, TOKENS, writes("Acme")).await;
    let program = Program::new(&market.app, token);
    let page = program.json("/api/okta/connections").await;
    let names: Vec<&Value> = page["connections"].as_array().unwrap().iter().collect();
    assert_eq!((names.len(), &names[0]["name"]), (1, &json!("acme")));
    assert_eq!(
        program.get(&connection("acme")).await.status(),
        StatusCode::OK
    );
    for other in ["okta", "beta", "nobody"] {
        for path in [
            "",
            "/roles",
            "/admins",
            "/domains",
            "/tokens",
            "/branding",
            "/setup-links",
            "/provisioning",
            "/provisioning/requests",
        ] {
            let path = format!("{}{path}", connection(other));
            let answer = program.get(&path).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        }
        for (method, path) in [
            (Method::PUT, "/branding"),
            (Method::POST, "/setup-links"),
            (Method::DELETE, "/setup-links/any"),
            (Method::POST, "/provisioning/tokens"),
            (Method::DELETE, "/provisioning/tokens/any"),
        ] {
            let path = format!("{}{path}", connection(other));
            let answer = program.send(method.clone(), &path, &json!({})).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{method} {path}");
        }
        let put = program
            .send(Method::PUT, &connection(other), &json!(form(&market.beta)))
            .await;
        assert_eq!(put.status(), StatusCode::NOT_FOUND);
    }
    let audit = program.json("/api/okta/audit?connection=beta").await;
    let entries = audit["entries"].as_array().unwrap();
    assert!(entries.iter().all(|entry| entry["connection"] == "acme"));
    let disable = json!({ "enabled": false });
    let acme = connection("acme");
    let refused = program.send(Method::PATCH, &acme, &disable).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    // Its tokens are listed with it, and with no other.
    let whole: Value = market.admin.json(TOKENS).await;
    assert_eq!(whole["tokens"], json!([]));
    let own: Value = market
        .admin
        .json(&format!("{}/tokens", connection("acme")))
        .await;
    assert_eq!(own["tokens"][0]["name"], "Acme");
    for names in [json!(["beta"]), json!(["acme", "beta"])] {
        let form = json!({ "name": "Beta", "connections": names });
        let refused = admin.send_json(Method::POST, TOKENS, &form).await;
        assert_eq!(refused.status(), StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_token_is_good_for_several_organizations_until_they_are_deleted() {
    let market = Market::open().await;
    let names = ["acme", "beta"].map(str::to_owned).to_vec();
    let both = writes("Both").connections(names);
    let program = Program::with(&market.app, &market.admin, both).await;
    for (name, status) in [("acme", 200), ("beta", 200), ("okta", 404)] {
        assert_eq!(program.get(&connection(name)).await.status(), status);
    }
    let of_beta = program.json("/api/okta/audit?connection=beta").await;
    assert_eq!(of_beta["entries"][0]["connection"], "beta");

    let delete = async |name: &str| {
        let path = connection(name);
        let gone = market.admin.send_json(Method::DELETE, &path, &Value::Null);
        assert_eq!(gone.await.status(), StatusCode::NO_CONTENT);
    };
    delete("acme").await;
    let again = Market::connect(&market.app, &market.admin, "acme").await;
    assert_eq!(
        program.get(&connection("acme")).await.status(),
        StatusCode::NOT_FOUND,
        "another organization's, under the same name"
    );
    drop(again);
    let disabled = json!({ "enabled": false });
    assert_eq!(market.change("beta", disabled).await, StatusCode::OK);
    let refused = program.get(&connection("beta")).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "it is disabled");
    delete("beta").await;
    assert_eq!(program.get(TOKENS).await.status(), StatusCode::UNAUTHORIZED);
}

/// A name may go to another company, whose people and settings are not for the first one's programs.
#[tokio::test]
async fn tokens_of_an_organizations_admins_end_when_another_okta_is_connected() {
    let market = Market::open().await;
    let own = market.admin_of("acme").await;
    let tokens = format!("{}/tokens", connection("acme"));
    let (theirs, _) = create(&own, &tokens, writes("Of Acme's admin")).await;
    let (of_the_app, _) = create(&market.admin, TOKENS, writes("Of the app")).await;
    let [theirs, of_the_app] = [theirs, of_the_app].map(|token| Program::new(&market.app, token));
    let path = connection("acme");
    // Another app of the same Okta changes nothing about that.
    let same = form(&market.acme);
    assert_eq!(
        market.admin.connect_as("acme", &same).await.status(),
        StatusCode::OK
    );
    assert_eq!(theirs.get(&path).await.status(), StatusCode::OK);

    Market::connect(&market.app, &market.admin, "acme").await;
    assert_eq!(theirs.get(&path).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(of_the_app.get(&path).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_token_ends_when_it_is_revoked_and_when_it_expires() {
    let app = App::start().await;
    let (_provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    let (revoked, id) = create(&admin, TOKENS, writes("Revoked")).await;
    let (expired, _) = create(&admin, TOKENS, writes("Expired").days(1)).await;
    let programs = [revoked, expired].map(|token| Program::new(&app, token));
    for program in &programs {
        assert_eq!(program.get(TOKENS).await.status(), StatusCode::OK);
    }
    let path = format!("{TOKENS}/{id}");
    let gone = admin.send_json(Method::DELETE, &path, &Value::Null).await;
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    let twice = admin.send_json(Method::DELETE, &path, &Value::Null).await;
    assert_eq!(twice.status(), StatusCode::NOT_FOUND);
    sqlx::query("UPDATE okta_admin_token SET ends_at = 1")
        .execute(&mut app.sql().await)
        .await
        .unwrap();
    let mut answers = Vec::new();
    for program in &programs {
        answers.push(program.get(TOKENS).await);
    }
    answers.push(Program::new(&app, "axum_okta_invented").get(TOKENS).await);
    let mut texts = Vec::new();
    for answer in answers {
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        let challenge = &answer.headers()[header::WWW_AUTHENTICATE];
        assert_eq!(challenge, "Bearer error=\"invalid_token\"");
        texts.push(answer.text().await.unwrap());
    }
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
    let audit = admin.audit().await;
    assert_eq!(audit[0]["event"], "token_refused");
    assert_eq!(audit[1]["detail"], "Expired has expired");
}

#[tokio::test]
async fn a_change_under_way_ends_with_its_token() {
    let market = Market::open().await;
    let (token, id) = create(&market.admin, TOKENS, writes("Slow")).await;
    let program = Program::new(&market.app, token);
    market.acme.now().discovery_delay = Duration::from_millis(500);
    let asked = market.acme.asked("discovery");
    let body = json!(form_with(&market.acme, |form| {
        form.options.display_name = "Changed".to_owned();
    }));
    let path = connection("acme");
    let (changed, ()) = tokio::join!(program.send(Method::PUT, &path, &body), async {
        market.acme.until_asked("discovery", asked + 1).await;
        sqlx::query("DELETE FROM okta_admin_token WHERE id = $1")
            .bind(id)
            .execute(&mut market.app.sql().await)
            .await
            .unwrap();
    });
    assert_eq!(changed.status(), StatusCode::UNAUTHORIZED);
    let acme: Value = market.admin.json(&path).await;
    assert_eq!(acme["display_name"], "Okta");
}

#[tokio::test]
async fn a_token_reaches_no_sign_in_no_setup_and_no_page() {
    let market = Market::open().await;
    let program = Program::of_whole_app(&market.app, &market.admin).await;
    let code = json!({ "setup": SETUP_CODE });
    let setup = program.send(Method::POST, "/api/okta/setup", &code).await;
    assert_eq!(setup.status(), StatusCode::FORBIDDEN);
    let trial = format!("{}/test", connection("acme"));
    for (method, path) in [
        (Method::POST, trial.as_str()),
        (Method::GET, "/api/identity"),
        (Method::GET, "/api/identity/sessions"),
        (Method::GET, "/api/protected"),
        (Method::POST, "/try/universal_logout"),
    ] {
        let request = program.request(method, path).form(&[("return_to", "/")]);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
    let page = program.json("/settings").await;
    assert_eq!(page["access"], "sign_in");
    // Neither does it make what would outlive it.
    let form = json!({ "name": "Another" });
    let another = program.send(Method::POST, TOKENS, &form).await;
    assert_eq!(another.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_browser_that_sends_a_token_is_the_program_and_not_the_person() {
    let market = Market::open().await;
    let admin = market.admin_of("acme").await;
    let (token, _) = create(&admin, TOKENS, AdminTokenForm::new("Reads")).await;
    let as_program = |authorization: String| {
        let request = market.admin.request(Method::GET, "/api/okta/connections");
        request.header(header::AUTHORIZATION, authorization).send()
    };
    let page = as_program(format!("bEARER {token}")).await.unwrap();
    let page: Value = page.json().await.unwrap();
    assert_eq!(page["total"], 1);
    let wrong = as_program("Bearer wrong".to_owned()).await.unwrap();
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    let two = market.admin.request(Method::GET, "/api/okta/connections");
    let two = two.bearer_auth(&token).bearer_auth(&token).send().await;
    assert_eq!(two.unwrap().status(), StatusCode::UNAUTHORIZED);
    // What a proxy asked for is not for us.
    let basic = as_program("Basic YTpi".to_owned()).await.unwrap();
    assert_eq!(basic.json::<Value>().await.unwrap()["total"], 3);
}

#[tokio::test]
async fn only_admins_who_are_signed_in_make_tokens() {
    let app = App::start().await;
    let (_provider, admin) = app.connected().await;
    let form = json!({ "name": "Early" });
    let early = admin.send_json(Method::POST, TOKENS, &form).await;
    assert_eq!(early.status(), StatusCode::FORBIDDEN, "by an open setup");
    admin.sign_in("/").await;
    let stranger = app.browser();
    assert_eq!(
        stranger.api(TOKENS).await.status(),
        StatusCode::UNAUTHORIZED
    );
    for malformed in [
        json!({ "name": " " }),
        json!({ "name": "a\nb" }),
        json!({ "name": "a".repeat(101) }),
        json!({ "name": "a", "days": 0 }),
        json!({ "name": "a", "days": 366 }),
        json!({ "name": "a", "connections": [] }),
        json!({ "name": "a", "connections": ["okta"] }),
        json!({ "name": "a", "access": "everything" }),
    ] {
        let refused = admin.send_json(Method::POST, TOKENS, &malformed).await;
        assert_eq!(
            refused.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{malformed}"
        );
    }
    for _ in 0..50 {
        create(&admin, TOKENS, AdminTokenForm::new("One of many")).await;
    }
    let one_more = admin.send_json(Method::POST, TOKENS, &form).await;
    assert_eq!(one_more.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_program_cannot_leave_the_app_without_an_admin() {
    let app = App::start_with(|builder| builder.admin_group("Engineering")).await;
    let (_provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    admin.set_roles(&table(&[("Engineering", "admin")])).await;
    let program = Program::of_whole_app(&app, &admin).await;
    let admins: Value = admin.json("/api/okta/admins").await;
    let removed = program.send(Method::DELETE, "/api/okta/admins", &admins[0]);
    assert_eq!(removed.await.status(), StatusCode::CONFLICT);
    sqlx::query("DELETE FROM okta_admin")
        .execute(&mut app.sql().await)
        .await
        .unwrap();
    let app = app.restart().await;
    let program = Program::new(&app, program.token);
    let nobody = json!(table(&[("Everyone", "reader")]));
    let refused = program.send(Method::PUT, "/api/okta/roles", &nobody).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    let others = json!(table(&[("Everyone", "admin")]));
    let allowed = program.send(Method::PUT, "/api/okta/roles", &others).await;
    assert_eq!(allowed.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_flood_of_wrong_tokens_is_turned_away_and_good_ones_go_on() {
    let app = App::start().await;
    let (_provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    let good = Program::of_whole_app(&app, &admin).await;
    let wrong = Program::new(&app, "axum_okta_wrong");
    let answers = join_all((0..30).map(|_| wrong.get(TOKENS))).await;
    let turned_away: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status() == StatusCode::TOO_MANY_REQUESTS)
        .collect();
    assert!(turned_away.len() >= 5, "{}", turned_away.len());
    assert!(turned_away[0].headers().contains_key(header::RETRY_AFTER));
    assert_eq!(good.get(TOKENS).await.status(), StatusCode::OK);
}
