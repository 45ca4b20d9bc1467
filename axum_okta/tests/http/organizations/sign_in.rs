//! Through which connection somebody signs in.

use http::{Method, StatusCode, header};
use serde_json::json;

use super::Market;
use crate::harness::{App, location};

#[tokio::test]
async fn each_connection_is_reached_by_whatever_names_it() {
    let market = Market::open().await;
    for (name, domain) in [("acme", "acme.example"), ("beta", "bücher.example")] {
        assert_eq!(market.verify(name, domain).await, StatusCode::OK);
    }
    let change = json!({ "organization": "beta-inc" });
    assert_eq!(market.change("beta", change).await, StatusCode::OK);
    for (query, expected) in [
        ("connection=acme".to_owned(), "acme"),
        ("connection=okta".to_owned(), "own"),
        ("organization=acme".to_owned(), "acme"),
        ("organization=beta-inc".to_owned(), "beta"),
        ("domain_hint=acme.example".to_owned(), "acme"),
        ("domain_hint=ACME.Example".to_owned(), "acme"),
        ("login_hint=ada@acme.example".to_owned(), "acme"),
        ("login_hint=ada%40xn--bcher-kva.example".to_owned(), "beta"),
        (
            "email=ada@b%C3%BCcher.example&return_to=/x".to_owned(),
            "beta",
        ),
        (format!("iss={}", market.beta.issuer), "beta"),
        (format!("iss={}/", market.own.issuer), "own"),
        (
            format!("connection=acme&iss={}", market.acme.issuer),
            "acme",
        ),
        // What is named comes before what is hinted at.
        (
            "connection=beta&login_hint=ada@acme.example".to_owned(),
            "beta",
        ),
    ] {
        let found = market.leads_to(&format!("/login?{query}")).await;
        assert_eq!(found, Some(expected), "{query}");
    }
    let portals = format!("connection=acme&iss={}", market.beta.issuer);
    let refused = market
        .app
        .browser()
        .page(&format!("/login?{portals}"))
        .await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
}

/// Whose provider may ask nothing: what people do next, somebody else would have done.
#[tokio::test]
async fn another_site_exchanges_nobodys_sign_in_for_one_of_another_organization() {
    let market = Market::open().await;
    let person = market.signed_in("acme").await;
    let login = "/login?connection=beta&return_to=/upload";
    let from = async |site: &str, login: &str| {
        let request = person.request(Method::GET, login);
        let request = request.header("sec-fetch-site", site);
        request.send().await.unwrap()
    };
    for site in ["cross-site", "same-site"] {
        let page = from(site, login).await;
        assert_eq!(page.status(), StatusCode::OK);
        let page = page.text().await.unwrap();
        let on = "/login?connection=beta&amp;return_to=%2Fupload";
        assert!(page.contains(on), "{page}");
    }
    for site in ["none", "same-origin"] {
        assert_eq!(from(site, login).await.status(), StatusCode::SEE_OTHER);
    }
    // Portals lead to people's own organization, whether they are signed in or not.
    let portal = format!("/login?iss={}", market.acme.issuer);
    for login in [portal.as_str(), "/login?connection=acme&prompt=login"] {
        let answer = from("cross-site", login).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{login}");
    }
}

#[tokio::test]
async fn unknown_disabled_and_unverified_look_alike() {
    let market = Market::open().await;
    market.verify("beta", "beta.example").await;
    let disabled = json!({ "enabled": false });
    assert_eq!(market.change("beta", disabled).await, StatusCode::OK);
    let mut pages = Vec::new();
    for query in [
        "connection=nobody",
        "organization=nobody",
        "domain_hint=nobody.example",
        "connection=beta",
        "organization=beta",
        "domain_hint=beta.example",
        "connection=..%2F..%2Fetc",
        "organization=%00",
        "domain_hint=not+a+domain",
        &format!("connection={}", "x".repeat(300)),
    ] {
        let answer = market.app.browser().page(&format!("/login?{query}")).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{query}");
        let page = answer.text().await.unwrap();
        let (before, _reference) = page.split_once("Reference").unwrap();
        pages.push(before.to_owned());
    }
    assert!(pages.iter().all(|page| *page == pages[0]));
    assert!(!pages[0].contains("beta"));
    // An admin finds out what was asked for.
    let audit = market.admin.audit().await;
    let refused = audit[0]["detail"].as_str().unwrap();
    assert!(refused.contains("connection “xxx"), "{refused}");
}

#[tokio::test]
async fn of_several_the_person_says_which_by_their_address() {
    let market = Market::open().await;
    let browser = market.app.browser();
    let ask = async |query: &str| {
        let answer = browser.page(&format!("/login?{query}")).await;
        (answer.status(), answer.text().await.unwrap())
    };
    // Without domains and a list there is nothing to ask for.
    let (status, page) = ask("return_to=/protected").await;
    assert_eq!(status, StatusCode::OK);
    assert!(!page.contains("<form") && !page.contains("acme"), "{page}");

    market.verify("acme", "acme.example").await;
    let (status, page) = ask("return_to=/protected?a=1%262&max_age=60").await;
    assert_eq!(status, StatusCode::OK);
    for part in [
        r#"<form method="get" action="/login">"#,
        r#"name="return_to" value="/protected?a=1&amp;2""#,
        r#"name="max_age" value="60""#,
        r#"name="email""#,
    ] {
        assert!(page.contains(part), "{page}");
    }
    assert!(!page.contains("acme"), "{page}");
    let (status, page) = ask("return_to=/protected&email=ada@nobody.example").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(page.contains("<form") && !page.contains("acme"), "{page}");

    // The address is sent along, so that nobody types it twice.
    let login = browser
        .page("/login?return_to=/protected&email=ada@acme.example")
        .await;
    assert!(location(&login).contains("login_hint=ada%40acme.example"));
    let callback = browser.at_provider(&login).await;
    let done = browser.page(&callback).await;
    assert_eq!(location(&done), "/protected");
    let identity = browser.identity().await;
    assert_eq!(identity["organization"], "acme");
    assert_eq!(identity["connection"], "acme");
}

#[tokio::test]
async fn an_admin_may_show_a_list() {
    let market = Market::open().await;
    let shown = json!({ "listed": true, "display_name": "Acme <Inc.>", "place": -1 });
    assert_eq!(market.change("acme", shown).await, StatusCode::OK);
    let answer = market
        .app
        .browser()
        .page("/login?return_to=/protected")
        .await;
    let page = answer.text().await.unwrap();
    assert!(
        page.contains("Acme &lt;Inc.&gt;") && !page.contains("beta"),
        "{page}"
    );
    let address = "/login?return_to=%2Fprotected&amp;connection=acme";
    assert!(page.contains(address), "{page}");

    // Of an organization's own, whoever was sent to it may choose.
    let same = json!({ "organization": "acme", "display_name": "Acme in Europe" });
    market.change("beta", same).await;
    let answer = market.app.browser().page("/login?organization=acme").await;
    let page = answer.text().await.unwrap();
    assert!(
        page.contains("Acme &lt;Inc.&gt;") && page.contains("Acme in Europe"),
        "{page}"
    );
}

#[tokio::test]
async fn where_there_is_one_nothing_is_asked() {
    let app = App::start().await;
    let (provider, _admin) = app.connected().await;
    for query in [
        "",
        "?domain_hint=acme.example",
        "?login_hint=ada@acme.example",
    ] {
        let login = app.browser().page(&format!("/login{query}")).await;
        assert!(location(&login).starts_with(&provider.issuer), "{query}");
    }
}

#[tokio::test]
async fn the_apps_own_rule_chooses_by_the_address() {
    let market = Market::open_with(|builder| {
        builder.organization_of(|parts| {
            let customer = parts.headers.get("x-customer")?;
            Some(customer.to_str().ok()?.to_owned())
        })
    })
    .await;
    let to = async |path: &str, customer: &str| {
        let request = market.app.browser().request(Method::GET, path);
        let request = request.header(header::ACCEPT, "text/html");
        request.header("x-customer", customer).send().await.unwrap()
    };
    let login = to("/login", "acme").await;
    assert!(location(&login).starts_with(&market.acme.issuer));
    let login = to("/login?organization=beta", "acme").await;
    assert!(location(&login).starts_with(&market.beta.issuer));
    assert_eq!(to("/login", "nobody").await.status(), StatusCode::NOT_FOUND);
    // A guard knows the address that was asked for, and the sign-in wouldn't.
    let guarded = to("/protected", "beta").await;
    assert_eq!(
        location(&guarded),
        "/login?return_to=%2Fprotected&organization=beta"
    );
}

#[tokio::test]
async fn a_guard_lets_in_people_of_its_organization() {
    let market = Market::open().await;
    let stranger = market.app.browser();
    let sent = stranger.page("/acme").await;
    assert_eq!(
        location(&sent),
        "/login?return_to=%2Facme&organization=acme"
    );
    let done = stranger.sign_in_at(&location(&sent)).await;
    assert_eq!(location(&done), "/acme");
    assert_eq!(stranger.page("/acme").await.status(), StatusCode::OK);

    for other in [&market.signed_in("beta").await, &market.admin] {
        assert_eq!(other.page("/acme").await.status(), StatusCode::FORBIDDEN);
        assert_eq!(other.api("/acme").await.status(), StatusCode::FORBIDDEN);
    }
    // Whose a connection is counts at once, for whoever is signed in.
    let moved = json!({ "organization": "acme-inc" });
    assert_eq!(market.change("acme", moved).await, StatusCode::OK);
    assert_eq!(stranger.page("/acme").await.status(), StatusCode::FORBIDDEN);
    assert_eq!(stranger.identity().await["organization"], "acme-inc");
}

#[tokio::test]
async fn whoever_is_signed_in_with_another_organization_signs_in_with_the_one_that_is_asked_for() {
    let market = Market::open().await;
    let browser = market.signed_in("beta").await;
    let here = browser.page("/login?organization=beta&return_to=/x").await;
    assert_eq!(location(&here), "/x", "signed in already");
    let anyhow = browser.page("/login?return_to=/x").await;
    assert_eq!(location(&anyhow), "/x");
    let done = browser
        .sign_in_at("/login?organization=acme&return_to=/x")
        .await;
    assert_eq!(location(&done), "/x");
    assert_eq!(browser.identity().await["connection"], "acme");
}

#[tokio::test]
async fn trying_again_leads_to_the_same_connection() {
    let market = Market::open().await;
    market.acme.now().authorize_error = Some(json!({ "error": "access_denied" }));
    let browser = market.app.browser();
    let refused = browser
        .sign_in_at("/login?connection=acme&return_to=/x")
        .await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let page = refused.text().await.unwrap();
    assert!(
        page.contains("/login?return_to=%2Fx&amp;connection=acme"),
        "{page}"
    );
    let entry = &market.admin.audit().await[0];
    assert_eq!(entry["connection"], "acme");
}
