//! Requests that are sent again.

use futures::future::join;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::Program;
use crate::{
    harness::form,
    organizations::{Market, connection},
};

async fn send(program: &Program, key: &str, path: &str, body: &Value) -> reqwest::Response {
    let request = program.request(Method::PUT, path);
    let request = request.header("idempotency-key", key).json(body);
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_request_that_is_sent_again_is_carried_out_once() {
    let market = Market::open().await;
    let program = Program::of_whole_app(&market.app, &market.admin).await;
    let path = connection("acme");
    let body = json!(form(&market.acme));
    let first = send(&program, "1", &path, &body).await;
    let asked = market.acme.asked("token");
    let etag = first.headers()["etag"].clone();
    let text = first.text().await.unwrap();
    let named = json!({ "display_name": "Changed since" });
    program.send(Method::PATCH, &path, &named).await;

    let again = send(&program, "1", &path, &body).await;
    assert_eq!(again.status(), StatusCode::OK);
    assert_eq!(again.headers()["idempotency-replayed"], "true");
    assert_eq!(again.headers()["etag"], etag);
    assert_eq!(again.headers()["content-type"], "application/json");
    assert_eq!(again.text().await.unwrap(), text);
    assert_eq!(market.acme.asked("token"), asked);
    assert_eq!(program.json(&path).await["display_name"], "Changed since");

    // Another key, another request with this key, and another caller with it.
    let other = send(&program, "2", &path, &body).await;
    assert!(!other.headers().contains_key("idempotency-replayed"));
    let mut changed = body.clone();
    changed["display_name"] = json!("Other");
    let refused = send(&program, "1", &path, &changed).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let somebody = Program::of_whole_app(&market.app, &market.admin).await;
    let theirs = send(&somebody, "1", &path, &body).await;
    assert!(!theirs.headers().contains_key("idempotency-replayed"));
}

#[tokio::test]
async fn of_two_at_once_one_is_carried_out() {
    let market = Market::open().await;
    let program = Program::of_whole_app(&market.app, &market.admin).await;
    let path = connection("acme");
    let body = json!(form(&market.acme));
    market.acme.now().discovery_delay = std::time::Duration::from_millis(300);
    let (one, two) = join(
        send(&program, "1", &path, &body),
        send(&program, "1", &path, &body),
    )
    .await;
    let mut statuses = [one.status(), two.status()];
    statuses.sort_unstable();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::CONFLICT]);
}

#[tokio::test]
async fn a_response_is_for_who_may_have_it_and_is_not_kept_if_it_may_change() {
    let market = Market::open().await;
    let program = Program::of_whole_app(&market.app, &market.admin).await;
    let path = connection("acme");
    let body = json!(form(&market.acme));
    for key in ["", &"a".repeat(256)] {
        let refused = send(&program, key, &path, &body).await;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    }
    send(&program, "1", &path, &body).await;
    sqlx::query("UPDATE okta_admin_token SET ends_at = 1")
        .execute(&mut market.app.sql().await)
        .await
        .unwrap();
    let expired = send(&program, "1", &path, &body).await;
    assert_eq!(expired.status(), StatusCode::UNAUTHORIZED);
}
