//! An app that has routes where ours are.

use axum::{
    Router,
    body::Body,
    routing::{any, get, post},
};
use axum_okta::Okta;
use http::{Request, StatusCode};
use tower::ServiceExt;

use crate::harness::Log;

async fn okta(prefix: &str) -> (Okta, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", directory.path().join("okta.db").display());
    let builder = Okta::builder().database(database).prefix(prefix);
    (builder.open().await.unwrap(), directory)
}

/// Whatever is asked of it shows.
async fn never() -> StatusCode {
    panic!("the host's own handler was asked")
}

#[tokio::test]
async fn paths_that_both_have_are_named_with_the_way_out_and_nothing_of_the_host_is_asked() {
    let (okta, _directory) = okta("").await;
    let app = Router::new()
        .route("/", get(never))
        .route("/login", post(never))
        .route("/logout", any(never))
        .nest("/api", Router::new().route("/identity", get(never)))
        .fallback(never);
    let conflict = okta.add_to(app).unwrap_err();
    assert_eq!(conflict.paths, ["/login", "/logout", "/api/identity"]);
    assert_eq!(
        conflict.to_string(),
        "this app has routes at /login, /logout, /api/identity, which Sign in with Okta also uses. \
         Move the plugin's routes below a path with `OktaBuilder::prefix`, such as `.prefix(\"/auth\")`, or rename yours"
    );
}

#[tokio::test]
async fn provisioning_of_the_apps_own_is_a_conflict() {
    let (okta, _directory) = okta("").await;
    let app = Router::new().route("/scim/v2/Users", get(never));
    let conflict = okta.add_to(app).unwrap_err();
    assert_eq!(conflict.paths, ["/scim/v2/Users"]);
}

#[tokio::test]
async fn below_a_prefix_the_app_keeps_its_own() {
    let (okta, _directory) = okta("/auth").await;
    let mine = Router::new().route("/login", get("my own"));
    let app = okta.add_to(mine).unwrap();
    let ask = |path: &str| {
        app.clone()
            .oneshot(Request::get(path).body(Body::empty()).unwrap())
    };
    let body = ask("/login").await.unwrap().into_body();
    assert_eq!(axum::body::to_bytes(body, 100).await.unwrap(), "my own");
    // Ours says that nothing is connected yet.
    let ours = ask("/auth/login").await.unwrap();
    assert_eq!(ours.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_pattern_that_happens_to_fit_is_no_conflict() {
    let (okta, _directory) = okta("").await;
    let app = Router::new()
        .route("/{page}", get("a page"))
        .route("/api/{*rest}", get("an answer"));
    assert!(okta.add_to(app).is_ok());
    assert!(okta.add_to(Router::new()).is_ok());
}

#[tokio::test]
async fn the_layer_alone_says_it_once_in_the_log() {
    let log = Log::default();
    let _listening = log.listen("axum_okta=error");
    let (okta, _directory) = okta("").await;
    let app = Router::new()
        .route("/login", get(never))
        .route("/{page}", get("a page"))
        .layer(okta.layer());
    for path in ["/logout", "/login", "/login"] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        app.clone().oneshot(request).await.unwrap();
    }
    assert_eq!(
        log.text().matches("this app has routes at /login,").count(),
        1
    );
}
