//! By which name and from which address a browser comes.

use http::{Method, StatusCode, header};
use url::Url;

use crate::harness::{App, location};

#[tokio::test]
async fn whoever_came_by_another_name_of_this_machine_is_sent_to_the_right_one() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    let port = Url::parse(&app.url).unwrap().port().unwrap();
    let answer = app
        .browser()
        .request(Method::GET, "/login?return_to=/protected")
        .header(header::HOST, format!("localhost:{port}"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        location(&answer),
        format!("{}/login?return_to=%2Fprotected", app.url)
    );
    // Any other name is a proxy's business.
    let answer = app
        .browser()
        .request(Method::GET, "/login")
        .header(header::HOST, "app.internal")
        .send()
        .await
        .unwrap();
    assert!(location(&answer).contains("/authorize?"));
}

#[tokio::test]
async fn sign_ins_are_limited_by_the_address_that_trusted_proxies_saw() {
    let app = App::start_with(|builder| {
        builder
            .sign_ins_per_minute(2)
            .trusted_proxies(["127.0.0.0/8".parse().unwrap()])
    })
    .await;
    let (_provider, _admin) = app.connected().await;
    let login = async |seen: &str| {
        let request = app
            .browser()
            .request(Method::GET, "/login")
            .header("x-forwarded-for", seen);
        request.send().await.unwrap()
    };
    for _ in 0..2 {
        assert_eq!(login("198.51.100.1").await.status(), StatusCode::SEE_OTHER);
    }
    let refused = login("198.51.100.1").await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers().contains_key(header::RETRY_AFTER));
    // What the client wrote itself helps nobody; another client is not touched.
    assert_eq!(
        login("8.8.8.8, 198.51.100.1").await.status(),
        StatusCode::TOO_MANY_REQUESTS
    );
    assert_eq!(login("198.51.100.2").await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn without_trusted_proxies_the_header_is_worth_nothing() {
    let app = App::start_with(|builder| builder.sign_ins_per_minute(1)).await;
    let (_provider, _admin) = app.connected().await;
    let login = async |seen: &str| {
        let request = app
            .browser()
            .request(Method::GET, "/login")
            .header("x-forwarded-for", seen);
        request.send().await.unwrap().status()
    };
    assert_eq!(login("198.51.100.1").await, StatusCode::SEE_OTHER);
    assert_eq!(login("198.51.100.2").await, StatusCode::TOO_MANY_REQUESTS);
}
