//! The page for Prometheus.

use http::StatusCode;

use crate::{Connected, person::Person, support::free_address};

#[tokio::test]
async fn the_page_is_at_an_address_of_its_own_and_names_nobody() {
    let address = free_address().await;
    let connected = Connected::start(&[("METRICS_ADDR", &address)]).await;
    let ada = connected.person();
    ada.sign_in().await;
    assert!(ada.is_signed_in().await);

    assert_eq!(ada.get("/metrics").await.status(), StatusCode::NOT_FOUND);
    let scraper = Person::at(&format!("http://{address}"));
    assert_eq!(
        scraper.get("/protected").await.status(),
        StatusCode::NOT_FOUND
    );
    let page = scraper.get("/metrics").await;
    assert_eq!(page.status(), StatusCode::OK);
    let text = page.text().await.unwrap();
    for line in [
        "# HELP okta_sign_ins_total Sign-ins that started a session",
        "# TYPE okta_sign_ins_total counter",
        "okta_sign_ins_total 1",
        "okta_provider_request_duration_seconds_count{request=\"token\",outcome=\"responded\"} 1",
        "okta_session_cache_total{result=\"miss\"} ",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    for personal in ["ada", "00u1", "127.0.0.1", &connected.provider.issuer] {
        assert!(
            !text.to_lowercase().contains(personal),
            "{personal}: {text}"
        );
    }
}

#[tokio::test]
async fn without_the_variable_nothing_is_counted() {
    let connected = Connected::start(&[]).await;
    let ada = connected.person();
    ada.sign_in().await;
    assert_eq!(ada.get("/metrics").await.status(), StatusCode::NOT_FOUND);
}
