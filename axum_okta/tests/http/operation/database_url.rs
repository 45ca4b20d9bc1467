//! A mistyped parameter is refused, and its value is nowhere.

use axum_okta::{Okta, error::OpenError};

use crate::harness::{Log, postgres};

const KEY: &str = "YSBrZXkgZm9yIHRlc3RzLCBvZiAzMiBieXRlcy4uLi4=";

#[tokio::test]
async fn a_mistyped_parameter_is_named_and_its_value_is_in_no_error_and_no_log() {
    let log = Log::default();
    let _listening = log.listen("trace");
    for (parameter, says) in [
        ("pasword=s3cret-value", "`pasword`"),
        ("sslmod=s3cret-value", "`sslmod`"),
        ("s3cret-value", "unknown parameter."),
        ("max_connections=s3cret-value", "max_connections"),
        ("sslmode=s3cret-value", "can't be parsed"),
    ] {
        let url = format!("{}?{parameter}", postgres::database().await);
        let builder = Okta::builder().database(url).encryption_key(KEY.to_owned());
        let closed = builder.clone().open_or_deny().await.unwrap();
        assert!(!closed.is_ready().await);
        let error = builder.open().await.unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(text.contains(says), "{text}");
        assert!(!text.contains("s3cret") && !text.contains(postgres::PASSWORD));
    }
    let text = log.text();
    assert!(text.contains("`pasword`"));
    assert!(!text.contains("s3cret") && !text.contains(postgres::PASSWORD));
}

#[tokio::test]
async fn the_number_of_connections_is_kept() {
    let url = format!("{}?max_connections=1", postgres::database().await);
    let builder = Okta::builder()
        .database(&url)
        .encryption_key(KEY.to_owned());
    let okta = builder.open().await.unwrap();
    // More at once than there are connections: each waits for its turn.
    let checks = futures::future::join_all((0..20).map(|_| okta.readiness()));
    assert!(checks.await.iter().all(|found| found.name() == "ready"));
    // Besides the one that hears other servers.
    assert!(postgres::connections_to(&url).await <= 2);

    let none = format!("{}?max_connections=0", postgres::database().await);
    let error = Okta::builder().database(none).open().await.unwrap_err();
    assert!(matches!(error, OpenError::MaxConnections), "{error:?}");
}
