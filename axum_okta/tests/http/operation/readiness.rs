//! Health checks say what is missing, and nothing that is nobody's business.

use axum::{body::to_bytes, response::IntoResponse};
use axum_okta::{Okta, OktaBuilder, Readiness};
use http::{StatusCode, header};
use serde_json::Value;

use crate::harness::{App, free_port, postgres};

const KEY: &str = "YSBrZXkgZm9yIHRlc3RzLCBvZiAzMiBieXRlcy4uLi4=";
const OTHER_KEY: &str = "YW5vdGhlciBrZXkgZm9yIHRlc3RzLCAzMiBieXRlcy4=";

async fn readiness(builder: OktaBuilder) -> Readiness {
    builder.open_or_deny().await.unwrap().readiness().await
}

#[tokio::test]
async fn it_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("okta.db").display());
    let builder = || {
        Okta::builder()
            .database(&file)
            .encryption_key(KEY.to_owned())
    };
    assert_eq!(readiness(builder()).await, Readiness::Ready);

    let wrong_key = builder().encryption_key(OTHER_KEY.to_owned());
    assert_eq!(readiness(wrong_key).await, Readiness::KeyDoesNotFit);
    let no_folder = builder().database("sqlite:/no-such-folder/okta.db");
    assert_eq!(readiness(no_folder).await, Readiness::DatabaseUnavailable);
    let port = free_port().await;
    let nobody = format!("postgres://okta:s3cret@127.0.0.1:{port}/okta");
    assert_eq!(
        readiness(builder().database(nobody)).await,
        Readiness::DatabaseUnavailable
    );
    let no_certificate = builder().add_root_certificate("no certificate");
    assert_eq!(readiness(no_certificate).await, Readiness::Misconfigured);

    let mut newer = sqlx::SqlitePool::connect(&file)
        .await
        .unwrap()
        .acquire()
        .await
        .unwrap();
    let migration = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                     VALUES (9999, 'of a later version', TRUE, x'00', 0)";
    sqlx::query(migration).execute(&mut *newer).await.unwrap();
    assert_eq!(readiness(builder()).await, Readiness::NotMigrated);
}

#[tokio::test]
async fn a_database_that_goes_away_is_noticed_and_so_is_its_return() {
    let url = postgres::database().await;
    let app =
        App::start_with(|builder| builder.database(&url).encryption_key(KEY.to_owned())).await;
    assert_eq!(app.okta.readiness().await, Readiness::Ready);
    let name = url.rsplit('/').next().unwrap();
    postgres::refuse_connections(name, true).await;
    assert_eq!(app.okta.readiness().await, Readiness::DatabaseUnavailable);
    postgres::refuse_connections(name, false).await;
    assert_eq!(app.okta.readiness().await, Readiness::Ready);
}

#[tokio::test]
async fn the_response_has_a_status_a_name_and_no_secret() {
    for (readiness, status) in [
        (Readiness::Ready, StatusCode::OK),
        (Readiness::KeyDoesNotFit, StatusCode::SERVICE_UNAVAILABLE),
        (Readiness::ShuttingDown, StatusCode::SERVICE_UNAVAILABLE),
    ] {
        let response = readiness.into_response();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        let body = to_bytes(response.into_body(), 1000).await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["status"], readiness.name());
        assert_eq!(body["message"], readiness.to_string());
        assert_eq!(body.as_object().unwrap().len(), 2);
    }
}
