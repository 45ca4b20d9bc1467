//! The section API of the settings page, in a browser without JavaScript.

use http::{StatusCode, header};
use reqwest::Client;

use crate::{Connected, person::location};

/// The token in a page that shows it.
fn shown(html: &str) -> Option<String> {
    let (_, after) = html.split_once("axum_okta_")?;
    let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))?;
    Some(format!("axum_okta_{}", &after[..end]))
}

#[tokio::test]
async fn a_token_is_shown_once() {
    let connected = Connected::start(&[]).await;
    let admin = connected.person();
    admin.sign_in().await;
    let fields = [
        ("page", "/settings/okta/api"),
        ("typed[name]", "Deployment"),
        ("typed[access]", "write"),
        ("typed[days]", "7"),
    ];
    let created = admin.submit("/api/okta/create_token", &fields).await;
    assert_eq!(created.status(), StatusCode::SEE_OTHER);
    let page = location(&created);
    assert_eq!(page, "/settings/okta/api?done=token");
    let html = admin.get(&page).await.text().await.unwrap();
    let token = shown(&html).unwrap();
    assert_eq!(token.len(), 53);
    assert!(html.contains("Deployment") && html.contains("Read and write"));
    for _ in 0..2 {
        let again = admin.get(&page).await.text().await.unwrap();
        assert_eq!(shown(&again), None);
        assert!(again.contains("never used"));
    }
    let url = format!("http://{}/api/okta/connections", connected.address);
    let request = Client::new().get(url);
    let request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    let html = admin.get("/settings/okta/api").await.text().await.unwrap();
    assert!(html.contains("last used"));
    assert!(!connected.log().contains(&token));
}
