//! An email address was taken for more than it is.

use http::StatusCode;
use serde_json::json;

use crate::{
    harness::{App, CONNECTION, ada},
    organizations::Market,
};

#[tokio::test]
async fn an_email_address_is_nobodys_key() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    assert_eq!(admin.api(CONNECTION).await.status(), StatusCode::OK);
    // Somebody else, to whom the issuer gives the admin's address, verified at that.
    let mut other = ada();
    other["sub"] = json!("00u9mallory");
    let mallory = app.signed_in(&provider, other).await;
    let identity = mallory.identity().await;
    assert_eq!(
        (&identity["subject"], &identity["email"]),
        (&json!("00u9mallory"), &json!("ada@example.com"))
    );
    assert_eq!(
        mallory.api(CONNECTION).await.status(),
        StatusCode::FORBIDDEN
    );
    assert_eq!(admin.subject().await, "00u1ada");
}

/// Whoever controls one organization's Okta can give anybody any address.
#[tokio::test]
async fn the_same_address_in_two_organizations_is_two_people() {
    let market = Market::open().await;
    let admin = market.admin_of("acme").await;
    let of_acme = admin.identity().await;
    let mut other = ada();
    other["sub"] = json!("00u9mallory");
    market.beta.now().person = other;
    let mallory = market.signed_in("beta").await;
    let of_beta = mallory.identity().await;
    assert_eq!(of_acme["email"], of_beta["email"]);
    assert_ne!(of_acme["issuer"], of_beta["issuer"]);
    assert_ne!(of_acme["organization"], of_beta["organization"]);
    assert_eq!(of_beta["roles"], json!([]));
    assert_eq!(
        mallory.api(CONNECTION).await.status(),
        StatusCode::FORBIDDEN
    );
    // The same subject at another issuer is somebody else, too.
    market.beta.now().person = ada();
    let namesake = market.signed_in("beta").await;
    assert_eq!(namesake.identity().await["subject"], of_acme["subject"]);
    assert_eq!(namesake.identity().await["roles"], json!([]));
    let everywhere = [("everywhere", "1")];
    namesake.submit("/logout", &everywhere).await;
    assert!(admin.is_signed_in().await);
}

#[tokio::test]
async fn an_email_address_gives_no_right() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    for email in [
        "ada@example.com@evil.example",
        "a@evil.example@example.com",
        "ADA@example.com",
        "ada@example.com\u{0}",
    ] {
        let mallory = json!({ "sub": "00u9mallory", "name": "M", "email": email, "groups": [] });
        let mallory = app.signed_in(&provider, mallory).await;
        let identity = mallory.identity().await;
        assert_eq!(
            identity["email"], email,
            "shown as it is, and read by nobody"
        );
        assert_eq!(
            mallory.api(CONNECTION).await.status(),
            StatusCode::FORBIDDEN
        );
    }
}
