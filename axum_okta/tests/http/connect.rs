//! Connecting: every check, what it saves, and that it takes effect at once.

use std::time::Duration;

use axum::body::Bytes;
use axum_okta::ConnectionForm;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};

use crate::{
    app::{App, Browser, SETUP_CODE, form, outcomes},
    provider::{CLIENT_SECRET, Provider},
};

const CONNECTION: &str = "/api/okta/connections/okta";

/// An app with the settings open and a provider that knows it, not connected yet.
async fn ready() -> (App, Provider, Browser) {
    ready_with(App::start().await).await
}

async fn ready_with(app: App) -> (App, Provider, Browser) {
    let provider = Provider::start(&app.callback()).await;
    let admin = app.browser();
    admin.enter_setup_code(SETUP_CODE).await;
    (app, provider, admin)
}

/// Tries to connect and expects the refusal with these outcomes, and nothing saved.
async fn refused(app: &App, admin: &Browser, form: &ConnectionForm, expected: Value) -> String {
    let answer = admin.connect(form).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let text = answer.text().await.unwrap();
    let report: Value = serde_json::from_str(&text).unwrap();
    for check in report["checks"].as_array().unwrap() {
        let name = check["name"].as_str().unwrap();
        assert_eq!(
            check["outcome"], expected[name],
            "{name}: {}",
            check["message"]
        );
        if check["outcome"] == "failed" {
            assert!(check["remedy"].is_string(), "{name} says what to do");
        }
    }
    assert_eq!(app.okta.connection(), None);
    text
}

fn only_issuer_failed() -> Value {
    json!({ "issuer": "failed", "discovery": "skipped", "endpoints": "skipped",
        "credentials": "skipped", "redirect_uri": "skipped", "groups": "skipped" })
}

#[tokio::test]
async fn an_issuer_that_answers_http_is_told_apart_from_one_that_is_not_there() {
    let (app, provider, admin) = ready().await;
    let mut form = form(&provider);
    form.issuer = form.issuer.replace("http://", "https://");
    let report = refused(&app, &admin, &form, only_issuer_failed()).await;
    assert!(report.contains("answers http, not https"), "{report}");
    assert!(!report.contains("InvalidContentType"), "{report}");
}

#[tokio::test]
async fn connecting_checks_saves_and_takes_effect_at_once() {
    let (_app, provider, admin) = ready().await;
    assert_eq!(
        admin.page("/login").await.status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    let answer = admin.connect(&form(&provider)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(
        outcomes(answer).await,
        json!({ "issuer": "passed", "discovery": "passed", "endpoints": "passed",
            "credentials": "passed", "redirect_uri": "passed", "groups": "passed" })
    );
    assert_eq!(admin.page("/login").await.status(), StatusCode::SEE_OTHER);
    let shown: Value = admin.api(CONNECTION).await.json().await.unwrap();
    assert_eq!(shown["name"], "okta");
    assert_eq!(shown["issuer"], provider.issuer);
}

#[tokio::test]
async fn the_secret_is_neither_shown_nor_stored_in_the_clear() {
    let (app, provider, admin) = ready().await;
    let report = admin.connect(&form(&provider)).await.text().await.unwrap();
    let shown = admin.api(CONNECTION).await.text().await.unwrap();
    let debug = format!("{:?}", app.okta);
    for text in [report, shown, debug] {
        assert!(!text.contains(CLIENT_SECRET));
    }
    for entry in std::fs::read_dir(app.directory.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(
            !bytes
                .windows(CLIENT_SECRET.len())
                .any(|window| window == CLIENT_SECRET.as_bytes())
        );
    }
}

#[tokio::test]
async fn a_wrong_secret_is_told_from_a_wrong_redirect_uri() {
    let (app, provider, admin) = ready().await;
    let wrong_secret = ConnectionForm {
        client_secret: "wrong-secret-typed".into(),
        ..form(&provider)
    };
    let text = refused(
        &app,
        &admin,
        &wrong_secret,
        json!({ "issuer": "passed", "discovery": "passed",
        "endpoints": "passed", "credentials": "failed", "redirect_uri": "passed", "groups": "passed" }),
    )
    .await;
    assert!(!text.contains("wrong-secret-typed"));

    provider.now().redirect_uris.clear();
    refused(
        &app,
        &admin,
        &form(&provider),
        json!({ "issuer": "passed", "discovery": "passed",
        "endpoints": "passed", "credentials": "passed", "redirect_uri": "failed", "groups": "passed" }),
    )
    .await;
}

#[tokio::test]
async fn a_provider_that_cannot_answer_silently_does_not_block() {
    let (app, provider, admin) = ready().await;
    provider.now().silent = false;
    let answer = admin.connect(&form(&provider)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(outcomes(answer).await["redirect_uri"], "unknown");
    assert!(app.okta.connection().is_some());
}

#[tokio::test]
async fn a_token_endpoint_that_answers_nonsense_does_not_block() {
    let (app, provider, admin) = ready().await;
    provider.now().token_down = true;
    let answer = admin.connect(&form(&provider)).await;
    assert_eq!(outcomes(answer).await["credentials"], "unknown");
    assert!(app.okta.connection().is_some());
}

#[tokio::test]
async fn fields_that_cannot_be_are_refused_before_anybody_is_asked() {
    let (app, provider, admin) = ready().await;
    let right = form(&provider);
    for issuer in [
        "",
        "   ",
        "not a url",
        "ftp://x.example",
        "http://dev-1.okta.com",
        &"x".repeat(5000),
    ] {
        let form = ConnectionForm {
            issuer: issuer.to_owned(),
            ..right.clone()
        };
        refused(&app, &admin, &form, only_issuer_failed()).await;
    }
    let credentials = json!({ "issuer": "skipped", "discovery": "skipped", "endpoints": "skipped",
        "credentials": "failed", "redirect_uri": "skipped", "groups": "skipped" });
    for typed in ["", "two words", "line\nbreak", &"x".repeat(5000)] {
        let id = ConnectionForm {
            client_id: typed.to_owned(),
            ..right.clone()
        };
        refused(&app, &admin, &id, credentials.clone()).await;
        let secret = ConnectionForm {
            client_secret: typed.to_owned(),
            ..right.clone()
        };
        refused(&app, &admin, &secret, credentials.clone()).await;
    }
    assert_eq!(provider.asked("discovery"), 0);
}

#[tokio::test]
async fn an_issuer_that_is_not_there_is_named() {
    let (app, provider, admin) = ready().await;
    let free = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let nobody = ConnectionForm {
        issuer: format!("http://{free}"),
        ..form(&provider)
    };
    let text = refused(&app, &admin, &nobody, only_issuer_failed()).await;
    assert!(text.contains(&free.to_string()), "{text}");

    let other_path = ConnectionForm {
        issuer: format!("{}/oauth2/nosuch", provider.issuer),
        ..form(&provider)
    };
    refused(&app, &admin, &other_path, only_issuer_failed()).await;
}

#[tokio::test]
async fn discovery_answers_that_are_none_are_refused() {
    let (app, provider, admin) = ready().await;
    let mut elsewhere = HeaderMap::new();
    elsewhere.insert(
        header::LOCATION,
        HeaderValue::from_static("http://127.0.0.1:1/"),
    );
    let huge = Bytes::from(vec![b' '; 2 * 1024 * 1024]);
    for answer in [
        (StatusCode::FOUND, elsewhere, Bytes::new()),
        (
            StatusCode::OK,
            HeaderMap::new(),
            Bytes::from_static(b"<html>hello</html>"),
        ),
        (StatusCode::OK, HeaderMap::new(), Bytes::from_static(b"{}")),
        (StatusCode::OK, HeaderMap::new(), huge),
        (StatusCode::NOT_FOUND, HeaderMap::new(), Bytes::new()),
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            HeaderMap::new(),
            Bytes::from_static(b"oops"),
        ),
    ] {
        provider.now().discovery_answer = Some(answer);
        refused(&app, &admin, &form(&provider), only_issuer_failed()).await;
    }
}

#[tokio::test]
async fn an_issuer_that_is_too_slow_is_given_up() {
    let app = App::start_with(|builder| builder.okta_timeout(Duration::from_millis(200))).await;
    let (app, provider, admin) = ready_with(app).await;
    provider.now().discovery_delay = Duration::from_secs(3600);
    let text = refused(&app, &admin, &form(&provider), only_issuer_failed()).await;
    assert!(text.contains("did not answer within"), "{text}");
}

#[tokio::test]
async fn discovery_of_another_issuer_is_refused() {
    let (app, provider, admin) = ready().await;
    provider.now().discovery = json!({ "issuer": "https://other.okta.com" });
    let text = refused(
        &app,
        &admin,
        &form(&provider),
        json!({ "issuer": "passed", "discovery": "failed",
        "endpoints": "skipped", "credentials": "skipped", "redirect_uri": "skipped", "groups": "skipped" }),
    )
    .await;
    assert!(text.contains("https://other.okta.com"));
}

#[tokio::test]
async fn endpoints_that_are_missing_or_not_https_are_refused() {
    let (app, provider, admin) = ready().await;
    for change in [
        json!({ "token_endpoint": null }),
        json!({ "token_endpoint": "http://token.example.com/" }),
        json!({ "authorization_endpoint": "http://authorize.example.com/" }),
        json!({ "userinfo_endpoint": "http://userinfo.example.com/" }),
        json!({ "jwks_uri": "http://keys.example.com/" }),
        json!({ "end_session_endpoint": "http://logout.example.com/" }),
        json!({ "jwks_uri": format!("{}/no-keys-here", provider.issuer) }),
    ] {
        provider.now().discovery = change;
        refused(
            &app,
            &admin,
            &form(&provider),
            json!({ "issuer": "passed", "discovery": "passed",
            "endpoints": "failed", "credentials": "skipped", "redirect_uri": "skipped", "groups": "skipped" }),
        )
        .await;
    }
}

#[tokio::test]
async fn a_working_connection_is_replaced_only_by_one_that_passed() {
    let (app, provider, admin) = ready().await;
    admin.connect(&form(&provider)).await;
    let before = app.okta.connection();
    let wrong = ConnectionForm {
        client_secret: "wrong".into(),
        ..form(&provider)
    };
    assert_eq!(
        admin.connect(&wrong).await.status(),
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(app.okta.connection(), before);
    assert_eq!(admin.sign_in("/").await.status(), StatusCode::SEE_OTHER);
    assert!(admin.is_signed_in().await);
}

#[tokio::test]
async fn settings_can_be_changed_without_retyping_the_secret() {
    let (app, provider, admin) = ready().await;
    admin.connect(&form(&provider)).await;
    admin.sign_in("/").await;
    let unchanged = ConnectionForm {
        client_secret: String::new(),
        ..form(&provider)
    };
    assert_eq!(admin.connect(&unchanged).await.status(), StatusCode::OK);
    assert!(
        admin.is_signed_in().await,
        "the same app: nobody is signed out"
    );
    drop(app);
}

#[tokio::test]
async fn the_stored_secret_goes_to_no_other_issuer_or_client() {
    let (app, provider, admin) = ready().await;
    admin.connect(&form(&provider)).await;
    let other = Provider::start(&app.callback()).await;
    let elsewhere = ConnectionForm {
        client_secret: String::new(),
        ..form(&other)
    };
    let answer = admin.connect(&elsewhere).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(other.asked("token"), 0);
    let other_client = ConnectionForm {
        client_id: "other".into(),
        client_secret: String::new(),
        ..form(&provider)
    };
    assert_eq!(
        admin.connect(&other_client).await.status(),
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn replacing_the_connection_signs_people_out_and_keeps_the_settings_open_for_this_admin() {
    let (app, provider, admin) = ready().await;
    admin.connect(&form(&provider)).await;
    admin.sign_in("/").await;
    let other = Provider::start(&app.callback()).await;
    assert_eq!(admin.connect(&form(&other)).await.status(), StatusCode::OK);
    assert!(!admin.is_signed_in().await);
    assert_eq!(admin.api(CONNECTION).await.status(), StatusCode::OK);
    admin.sign_in("/").await;
    assert_eq!(
        admin.api(CONNECTION).await.status(),
        StatusCode::OK,
        "the person is admin at the new issuer, too"
    );
}

#[tokio::test]
async fn checking_again_asks_the_provider_and_changes_nothing() {
    let (app, provider, admin) = ready().await;
    assert_eq!(admin.post(CONNECTION).await.status(), StatusCode::NOT_FOUND);
    admin.connect(&form(&provider)).await;
    assert_eq!(admin.post(CONNECTION).await.status(), StatusCode::OK);
    provider.now().redirect_uris.clear();
    let answer = admin.post(CONNECTION).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(outcomes(answer).await["redirect_uri"], "failed");
    assert!(app.okta.connection().is_some());
}

#[tokio::test]
async fn disconnecting_signs_everybody_out_and_forgets() {
    let (app, provider, admin) = ready().await;
    admin.connect(&form(&provider)).await;
    admin.sign_in("/").await;
    let answer = admin
        .request(Method::DELETE, CONNECTION)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    assert_eq!(app.okta.connection(), None);
    assert!(!admin.is_signed_in().await);
    assert_eq!(
        admin.api("/api/protected").await.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        admin.page("/login").await.status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    // Whoever disconnected can connect again.
    assert_eq!(
        admin.connect(&form(&provider)).await.status(),
        StatusCode::OK
    );
    assert!(
        !admin.is_signed_in().await,
        "an old session does not come back"
    );
    drop(app);
}

#[tokio::test]
async fn there_is_one_connection_and_it_is_named_okta() {
    let (_app, provider, admin) = ready().await;
    let answer = admin
        .request(Method::PUT, "/api/okta/connections/other")
        .json(&form(&provider))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_issuer_inside_of_the_servers_own_network_is_not_asked() {
    let (app, provider, admin) = ready().await;
    for issuer in [
        "https://169.254.169.254",
        "https://10.0.0.1",
        "https://192.168.1.1",
        "https://[fd00::1]",
        "https://[::ffff:10.0.0.1]",
        "https://0xa9fea9fe",
        "https://0.0.0.0",
    ] {
        let inside = ConnectionForm {
            issuer: issuer.to_owned(),
            ..form(&provider)
        };
        let text = refused(&app, &admin, &inside, only_issuer_failed()).await;
        assert!(text.contains("not a public address"), "{text}");
    }
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_asked() {
    // Without the development setting, loopback is inside, too; `localhost` is a name that resolves to it.
    let app = App::start_with(|builder| builder.allow_http_issuer(false)).await;
    let (app, provider, admin) = ready_with(app).await;
    let port = provider.issuer.rsplit(':').next().unwrap();
    let inside = ConnectionForm {
        issuer: format!("https://localhost:{port}"),
        ..form(&provider)
    };
    let text = refused(&app, &admin, &inside, only_issuer_failed()).await;
    assert!(text.contains("its address is not a public one"), "{text}");
    assert_eq!(provider.asked("discovery"), 0);
}

#[tokio::test]
async fn endpoints_inside_of_the_servers_own_network_are_not_asked() {
    let (app, provider, admin) = ready().await;
    for endpoint in [
        "token_endpoint",
        "jwks_uri",
        "userinfo_endpoint",
        "authorization_endpoint",
    ] {
        provider.now().discovery = json!({ endpoint: "https://169.254.169.254/latest/" });
        let text = refused(
            &app,
            &admin,
            &form(&provider),
            json!({ "issuer": "passed", "discovery": "passed",
            "endpoints": "failed", "credentials": "skipped", "redirect_uri": "skipped", "groups": "skipped" }),
        )
        .await;
        assert!(text.contains("not a public address"), "{text}");
    }
}

#[tokio::test]
async fn the_metadata_service_of_a_cloud_is_not_asked_even_where_private_issuers_are() {
    let app = App::start_with(|builder| builder.allow_private_issuer(true)).await;
    let (app, provider, admin) = ready_with(app).await;
    let metadata = ConnectionForm {
        issuer: "https://169.254.169.254".to_owned(),
        ..form(&provider)
    };
    let text = refused(&app, &admin, &metadata, only_issuer_failed()).await;
    assert!(text.contains("not a public address"), "{text}");
}

#[tokio::test]
async fn a_connect_goes_on_to_its_end_although_the_browser_is_closed() {
    let (app, provider, admin) = ready().await;
    provider.now().discovery_delay = Duration::from_millis(300);
    let form = form(&provider);
    tokio::select! {
        _ = admin.connect(&form) => panic!("it waits for the provider"),
        () = provider.until_asked("discovery", 1) => {}
    }
    let connected = async {
        while app.okta.connection().is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), connected)
        .await
        .expect("what was begun is in use");
    // And whoever pressed the button still has their right.
    admin.sign_in("/").await;
    assert_eq!(admin.identity().await["roles"], json!(["admin"]));
}
