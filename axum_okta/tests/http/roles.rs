//! Roles: from groups, at once, and never so that everybody is locked out.

use axum_okta::{connection::GroupsFrom, roles::RoleTable};
use http::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::harness::{
    App, Browser, Provider, SECRET_OF_THE_PAGE, SETUP_CODE, ada, cache_control, form, form_with,
    grace, outcomes, table, table_with_default,
};

/// Ada is admin by name and in Engineering; Grace is in Support.
async fn ada_and_grace() -> (App, Provider, Browser, Browser) {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    let mut grace = grace();
    grace["groups"] = json!(["Support"]);
    let grace = app.signed_in(&provider, grace).await;
    (app, provider, admin, grace)
}

async fn status(browser: &Browser, path: &str) -> StatusCode {
    browser.page(path).await.status()
}

async fn refusal(answer: reqwest::Response) -> (StatusCode, String) {
    let status = answer.status();
    let problem: Value = answer.json().await.unwrap();
    (status, problem["detail"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_rule_opens_the_guard_for_its_group_at_once_and_for_nobody_else() {
    let (_app, _provider, admin, grace) = ada_and_grace().await;
    assert_eq!(status(&admin, "/editors").await, StatusCode::FORBIDDEN);

    let rules = table(&[("Engineering", "editor"), ("Everyone", "reader")]);
    assert_eq!(
        admin.set_roles(&rules).await.status(),
        StatusCode::NO_CONTENT
    );

    // Both were signed in before.
    assert_eq!(
        admin.identity().await["roles"],
        json!(["admin", "editor", "reader"])
    );
    assert_eq!(grace.identity().await["roles"], json!([]));
    for path in ["/editors", "/writers", "/engineers", "/engineering-editors"] {
        assert_eq!(status(&admin, path).await, StatusCode::OK, "{path}");
        assert_eq!(status(&grace, path).await, StatusCode::FORBIDDEN, "{path}");
    }

    let rules = table(&[("Support", "author"), ("Support", "editor")]);
    admin.set_roles(&rules).await;
    for (path, for_ada, for_grace) in [
        ("/editors", StatusCode::FORBIDDEN, StatusCode::OK),
        ("/writers", StatusCode::FORBIDDEN, StatusCode::OK),
        ("/engineers", StatusCode::OK, StatusCode::FORBIDDEN),
        (
            "/engineering-editors",
            StatusCode::FORBIDDEN,
            StatusCode::FORBIDDEN,
        ),
    ] {
        assert_eq!(status(&admin, path).await, for_ada, "{path}");
        assert_eq!(status(&grace, path).await, for_grace, "{path}");
    }
}

#[tokio::test]
async fn a_wrong_role_gets_403_with_its_own_page_and_is_not_sent_to_sign_in() {
    let (app, _provider, _admin, grace) = ada_and_grace().await;
    let page = grace.page("/editors").await;
    assert_eq!(page.status(), StatusCode::FORBIDDEN);
    assert_eq!(cache_control(&page), "no-store");
    let text = page.text().await.unwrap();
    assert!(
        text.contains("You don't have access to this page") && text.contains("the role “editor”")
    );
    assert!(!text.contains(SECRET_OF_THE_PAGE));

    let (status, detail) = refusal(grace.api("/writers").await).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(detail.contains("one of the roles “editor”, “author”"));

    // Nobody signed in: to the sign-in, as ever.
    assert_eq!(
        app.browser().page("/editors").await.status(),
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn whoever_gets_no_role_by_a_rule_gets_the_default_one() {
    let (_app, _provider, admin, grace) = ada_and_grace().await;
    let rules = table_with_default(&[("Engineering", "editor")], "guest");
    admin.set_roles(&rules).await;
    assert_eq!(grace.identity().await["roles"], json!(["guest"]));
    assert_eq!(admin.identity().await["roles"], json!(["admin", "editor"]));
}

#[tokio::test]
async fn the_role_admin_opens_the_settings_and_losing_it_closes_them() {
    let (_app, _provider, admin, grace) = ada_and_grace().await;
    let settings = "/api/okta/roles";
    assert_eq!(grace.api(settings).await.status(), StatusCode::FORBIDDEN);
    admin.set_roles(&table(&[("Support", "admin")])).await;
    assert_eq!(grace.api(settings).await.status(), StatusCode::OK);
    admin.set_roles(&table(&[])).await;
    assert_eq!(grace.api(settings).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_table_outlives_a_restart() {
    let app = App::start().await;
    let (_provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    admin.set_roles(&table(&[("Everyone", "reader")])).await;
    let app = app.restart().await;
    assert_eq!(admin.identity().await["roles"], json!(["admin", "reader"]));
    drop(app);
}

#[tokio::test]
async fn a_table_that_would_lock_out_whoever_saves_it_is_refused_and_changes_nothing() {
    let (_app, _provider, admin, grace) = ada_and_grace().await;
    let rules = table(&[("Support", "admin")]);
    admin.set_roles(&rules).await;
    // Grace is admin by her group alone.
    let (status, detail) = refusal(grace.set_roles(&table(&[("Support", "editor")])).await).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(detail.contains("you would lose admin access"));
    let kept = admin.roles().await;
    assert_eq!(kept, rules);
    // Ada is admin by name, whatever the table says.
    assert_eq!(
        admin.set_roles(&table(&[])).await.status(),
        StatusCode::NO_CONTENT
    );
}

async fn remove(browser: &Browser, issuer: &str, subject: &str) -> reqwest::Response {
    browser
        .request(Method::DELETE, "/api/okta/admins")
        .json(&json!({ "issuer": issuer, "subject": subject }))
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn the_last_admin_cannot_remove_themselves_and_another_admin_can() {
    let (_app, provider, admin, grace) = ada_and_grace().await;
    let issuer = provider.issuer.clone();
    let (status, detail) = refusal(remove(&admin, &issuer, "00u1ada").await).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(detail.contains("The last admin can't be removed"));
    assert_eq!(
        remove(&admin, &issuer, "nobody").await.status(),
        StatusCode::NOT_FOUND
    );

    admin.set_roles(&table(&[("Support", "admin")])).await;
    // Known from memory by now.
    assert_eq!(admin.identity().await["roles"], json!(["admin"]));
    assert_eq!(
        remove(&grace, &issuer, "00u1ada").await.status(),
        StatusCode::NO_CONTENT
    );
    // At once, although Ada is signed in.
    assert_eq!(
        admin.api("/api/okta/roles").await.status(),
        StatusCode::FORBIDDEN
    );
    assert_eq!(admin.identity().await["roles"], json!([]));
}

#[tokio::test]
async fn names_that_cannot_be_are_refused_and_odd_ones_are_kept_letter_for_letter() {
    let (app, provider, admin, _grace) = ada_and_grace().await;
    let before = admin.roles().await;
    for (group, role) in [
        ("Engineering", ""),
        ("", "editor"),
        ("Engineering", "edi\ntor"),
        ("Engi\0neering", "editor"),
        (&"g".repeat(256), "editor"),
    ] {
        let answer = admin.set_roles(&table(&[(group, role)])).await;
        assert_eq!(
            answer.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{group:?} {role:?}"
        );
    }
    let everybody_admin = table_with_default(&[], "admin");
    let answer = admin.set_roles(&everybody_admin).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let after = admin.roles().await;
    assert_eq!(before, after);

    let odd = "Ops & <b>“Dev”</b>, 東京; 100%/'--\\";
    let spaced = format!("  {odd} ");
    let rules = table_with_default(&[(&spaced, "a role, with commas"), ("", "")], "");
    admin.set_roles(&rules).await;
    let kept = admin.roles().await;
    assert_eq!(kept, table(&[(odd, "a role, with commas")]));

    let mut ada = ada();
    ada["groups"] = json!([odd]);
    let browser = app.signed_in(&provider, ada).await;
    assert_eq!(
        browser.identity().await["roles"],
        json!(["admin", "a role, with commas"])
    );
}

#[tokio::test]
async fn a_group_renamed_in_okta_gives_its_role_no_longer_after_the_next_sign_in() {
    let (app, provider, admin, _grace) = ada_and_grace().await;
    admin.set_roles(&table(&[("Support", "author")])).await;
    let mut grace = grace();
    grace["groups"] = json!(["Customer Support"]);
    let grace = app.signed_in(&provider, grace).await;
    assert_eq!(grace.identity().await["roles"], json!([]));
}

#[tokio::test]
async fn groups_cannot_come_from_nowhere_while_roles_depend_on_them() {
    let (_app, provider, admin, _grace) = ada_and_grace().await;
    admin.set_roles(&table(&[("Support", "author")])).await;
    let without = form_with(&provider, |form| {
        form.options.groups_from = GroupsFrom::Nowhere;
    });
    let answer = admin.connect(&without).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(outcomes(answer).await["groups"], "failed");
    admin.set_roles(&table(&[])).await;
    assert_eq!(admin.connect(&without).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn only_an_admin_reads_and_changes_the_table_and_the_admins() {
    let (app, _provider, _admin, grace) = ada_and_grace().await;
    let stranger = app.browser();
    for path in ["/api/okta/roles", "/api/okta/admins"] {
        assert_eq!(grace.api(path).await.status(), StatusCode::FORBIDDEN);
        assert_eq!(stranger.api(path).await.status(), StatusCode::UNAUTHORIZED);
    }
    let rules = table(&[("Support", "admin")]);
    assert_eq!(
        grace.set_roles(&rules).await.status(),
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        stranger.set_roles(&rules).await.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        remove(&grace, "i", "s").await.status(),
        StatusCode::FORBIDDEN
    );

    // Whoever entered the setup code may.
    stranger.enter_setup_code(&app.new_setup_code().await).await;
    assert_eq!(
        stranger.set_roles(&rules).await.status(),
        StatusCode::NO_CONTENT
    );
    assert_eq!(grace.api("/api/okta/roles").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_setup_code_stays_dead_when_all_admins_are_so_by_a_role() {
    let (app, provider, admin, grace) = ada_and_grace().await;
    admin.set_roles(&table(&[("Support", "admin")])).await;
    remove(&grace, &provider.issuer, "00u1ada").await;
    // The operator's environment still has the code.
    let app = app.restart().await;
    let stranger = app.browser();
    let tried = stranger.try_setup_code(SETUP_CODE).await;
    assert_eq!(tried.status(), StatusCode::FORBIDDEN);
    assert_eq!(grace.api("/api/okta/roles").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn only_somebody_who_can_sign_in_counts_as_another_admin() {
    let (app, former, admin, _grace) = ada_and_grace().await;
    let current = Provider::start(&app.callback()).await;
    assert_eq!(
        admin.connect(&form(&current)).await.status(),
        StatusCode::OK
    );
    admin.sign_in("/").await;
    let admins: Value = admin.json("/api/okta/admins").await;
    assert_eq!(admins.as_array().unwrap().len(), 2, "one at each provider");
    let (status, _) = refusal(remove(&admin, &current.issuer, "00u1ada").await).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(
        remove(&admin, &former.issuer, "00u1ada").await.status(),
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn what_another_admin_saved_meanwhile_is_not_overwritten() {
    let (_app, _provider, admin, _grace) = ada_and_grace().await;
    admin.set_roles(&table(&[("Support", "author")])).await;
    let shown = admin.api("/api/okta/roles").await;
    let version = shown.headers()[header::ETAG].clone();
    let save = async |rules: RoleTable| {
        let request = admin.request(Method::PUT, "/api/okta/roles").json(&rules);
        let request = request.header(header::IF_MATCH, version.clone());
        request.send().await.unwrap().status()
    };
    assert_eq!(save(table(&[])).await, StatusCode::NO_CONTENT);
    // The same page, saved once more: the rule does not come back.
    assert_eq!(
        save(table(&[("Support", "author")])).await,
        StatusCode::CONFLICT
    );
    let kept = admin.roles().await;
    assert_eq!(kept, table(&[]));
}

#[tokio::test]
async fn rules_that_could_give_nobody_a_role_are_refused() {
    let (_app, provider, admin, _grace) = ada_and_grace().await;
    let without = form_with(&provider, |form| {
        form.options.groups_from = GroupsFrom::Nowhere;
    });
    admin.connect(&without).await;
    let (status, detail) = refusal(admin.set_roles(&table(&[("Support", "author")])).await).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(detail.contains("this connection doesn't load groups"));
}

#[tokio::test]
async fn the_trail_tells_each_rule_that_came_and_went_however_long_the_table_is() {
    let (_app, _provider, admin, _grace) = ada_and_grace().await;
    let names: Vec<String> = (0..200)
        .map(|number| format!("An ordinary group {number}"))
        .collect();
    let mut rules: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "reader")).collect();
    admin.set_roles(&table(&rules)).await;
    rules.push(("Friends of Mallory", "admin"));
    admin.set_roles(&table(&rules)).await;
    rules.remove(0);
    admin.set_roles(&table(&rules)).await;
    let trail = admin.audit().await;
    assert_eq!(trail[0]["detail"], "removed An ordinary group 0 → reader");
    assert_eq!(trail[1]["detail"], "added Friends of Mallory → admin");
    assert!(
        trail[2]["detail"]
            .as_str()
            .unwrap()
            .contains("group 199 → reader")
    );

    let five_hundred_and_one: Vec<(String, String)> = (0..501)
        .map(|number| (format!("g{number}"), "reader".to_owned()))
        .collect();
    let rules: Vec<(&str, &str)> = five_hundred_and_one
        .iter()
        .map(|(group, role)| (group.as_str(), role.as_str()))
        .collect();
    let answer = admin.set_roles(&table(&rules)).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
}
