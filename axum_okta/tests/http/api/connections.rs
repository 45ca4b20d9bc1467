//! Connections as data: shapes, versions, checks, and what is said of errors.

use http::{Method, StatusCode, header};
use serde_json::{Value, json};

use super::Program;
use crate::{
    harness::{App, Provider, form, outcomes},
    organizations::{Market, connection},
};

/// The body that Cloudflare documents, for this provider.
fn cloudflare(provider: &Provider) -> Value {
    let form = form(provider);
    json!({
        "name": "my example idp",
        "type": "okta",
        "config": {
            "client_id": form.client_id,
            "client_secret": form.client_secret,
            "okta_account": form.issuer,
        },
    })
}

async fn problem(answer: reqwest::Response) -> Value {
    let content_type = &answer.headers()[header::CONTENT_TYPE];
    assert_eq!(content_type, "application/problem+json");
    let status = answer.status().as_u16();
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["status"], status);
    problem
}

fn pointers(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array().unwrap();
    let pointers = errors
        .iter()
        .map(|error| error["pointer"].as_str().unwrap());
    pointers.collect()
}

#[tokio::test]
async fn the_shape_that_cloudflare_documents_connects_with_our_options() {
    let market = Market::open().await;
    let program = Program::of_whole_app(&market.app, &market.admin).await;
    let provider = Provider::start(&format!("{}/gamma", market.app.callback())).await;
    let mut body = cloudflare(&provider);
    body["config"]["claims"] = json!(["department"]);
    body["config"]["organization"] = json!("gamma-inc");
    body["config"]["roles"] = json!({ "rules": [{ "group": "Engineering", "role": "editor" }] });
    let connected = program.send(Method::PUT, &connection("gamma"), &body).await;
    assert_eq!(connected.status(), StatusCode::OK);
    let gamma = program.json(&connection("gamma")).await;
    assert_eq!(gamma["display_name"], "my example idp");
    assert_eq!(gamma["claims"], json!(["department"]));
    assert_eq!(gamma["organization"], "gamma-inc");
    let person = market.signed_in("gamma").await.identity().await;
    assert_eq!(person["roles"], json!(["editor"]));
    assert_eq!(person["organization"], "gamma-inc");

    // What is read can be written, without the secret.
    let again = program
        .send(Method::PUT, &connection("gamma"), &gamma)
        .await;
    assert_eq!(again.status(), StatusCode::OK);
    assert_eq!(program.json(&connection("gamma")).await, gamma);
}

#[tokio::test]
async fn each_error_says_which_field_it_is_about() {
    let market = Market::open().await;
    let program = Program::of_whole_app(&market.app, &market.admin).await;
    let path = connection("acme");
    let before = program.json(&path).await;
    let mut unknown = cloudflare(&market.acme);
    unknown["config"]["email_claim_name"] = json!("email");
    let mut wrong_issuer = cloudflare(&market.acme);
    wrong_issuer["config"]["okta_account"] = json!("not an address");
    let mut no_client = cloudflare(&market.acme);
    no_client["config"]["client_id"] = json!(" ");
    let flat = |field: &str, value: Value| {
        let mut body = json!(form(&market.acme));
        body[field] = value;
        body
    };
    for (body, expected) in [
        (unknown, "/config/email_claim_name"),
        (wrong_issuer, "/config/okta_account"),
        (no_client, "/config/client_id"),
        (flat("client_secret", json!("wrong")), "/client_secret"),
        (flat("scopes", json!(["a b"])), "/scopes"),
        (flat("scopes", json!("a")), "/scopes"),
        (flat("idle_seconds", json!(-1)), "/idle_seconds"),
    ] {
        let refused = program.send(Method::PUT, &path, &body).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        let problem = problem(refused).await;
        assert_eq!(pointers(&problem), [expected], "{problem}");
    }
    let text = program.request(Method::PUT, &path).body("{}").send().await;
    let text = text.unwrap();
    assert_eq!(text.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    problem(text).await;
    let broken = program.request(Method::PUT, &path);
    let broken = broken.header(header::CONTENT_TYPE, "application/json");
    let broken = broken.body("{\"client_id\":").send().await.unwrap();
    assert_eq!(broken.status(), StatusCode::BAD_REQUEST);
    problem(broken).await;
    let roles = json!({ "rules": [{ "group": 1 }] });
    let roles = program
        .send(Method::PUT, &format!("{path}/roles"), &roles)
        .await;
    assert_eq!(pointers(&problem(roles).await), ["/rules/0/group"]);
    let limit = program.get("/api/okta/connections?limit=many").await;
    assert_eq!(limit.status(), StatusCode::BAD_REQUEST);
    problem(limit).await;
    assert_eq!(program.json(&path).await, before, "nothing was changed");
}

#[tokio::test]
async fn a_failed_check_is_still_a_report() {
    let market = Market::open().await;
    let mut wrong = json!(form(&market.acme));
    wrong["client_secret"] = json!("wrong");
    let path = connection("acme");
    let refused = market.admin.send_json(Method::PUT, &path, &wrong).await;
    assert_eq!(outcomes(refused).await["credentials"], "failed");
}

#[tokio::test]
async fn checks_run_alone_or_not_at_all() {
    let market = Market::open().await;
    let program = Program::of_whole_app(&market.app, &market.admin).await;
    let path = connection("acme");
    let before = program.json(&path).await;
    let with_name = |name: &str| {
        let mut body = json!(form(&market.acme));
        body["display_name"] = json!(name);
        body
    };
    let only = format!("{path}?check=only");
    let checked = program
        .send(Method::PUT, &only, &with_name("Checked"))
        .await;
    assert_eq!(checked.status(), StatusCode::OK);
    assert_eq!(outcomes(checked).await["credentials"], "passed");
    let mut wrong = with_name("Wrong");
    wrong["client_secret"] = json!("wrong");
    let failed = program.send(Method::PUT, &only, &wrong).await;
    assert_eq!(failed.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(program.json(&path).await, before);

    let asked = market.acme.asked("token");
    let unchecked = format!("{path}?check=false");
    let saved = program
        .send(Method::PUT, &unchecked, &with_name("Later"))
        .await;
    assert_eq!(saved.status(), StatusCode::OK);
    assert_eq!(market.acme.asked("token"), asked, "nobody was asked");
    assert_eq!(program.json(&path).await["display_name"], "Later");
    market.signed_in("acme").await;
    let nonsense = format!("{path}?check=maybe");
    let nonsense = program.send(Method::PUT, &nonsense, &wrong).await;
    assert_eq!(nonsense.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn whoever_changes_a_version_that_is_gone_changes_nothing() {
    let market = Market::open().await;
    let program = Program::of_whole_app(&market.app, &market.admin).await;
    let path = connection("acme");
    let version = async || {
        let answer = program.get(&path).await;
        answer.headers()[header::ETAG].to_str().unwrap().to_owned()
    };
    let first = version().await;
    let send = async |method: Method, header: (&str, &str), body: Value| {
        let request = program.request(method, &path).header(header.0, header.1);
        request.json(&body).send().await.unwrap()
    };
    let named = |name: &str| json!({ "display_name": name });
    let changed = send(Method::PATCH, ("if-match", &first), named("One")).await;
    assert_eq!(changed.status(), StatusCode::OK);
    let second = changed.headers()[header::ETAG].to_str().unwrap().to_owned();
    assert_eq!(version().await, second);
    assert_ne!(first, second);
    let mut body = json!(form(&market.acme));
    body["display_name"] = json!("Two");
    for method in [Method::PATCH, Method::PUT, Method::DELETE] {
        let stale = send(method.clone(), ("if-match", &first), body.clone()).await;
        assert_eq!(stale.status(), StatusCode::PRECONDITION_FAILED, "{method}");
        let created = send(method.clone(), ("if-none-match", "*"), body.clone()).await;
        assert_eq!(
            created.status(),
            StatusCode::PRECONDITION_FAILED,
            "{method}"
        );
    }
    assert_eq!(program.json(&path).await["display_name"], "One");
    let known = send(Method::GET, ("if-none-match", &second), Value::Null).await;
    assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
    let either = format!("\"other\", {second}");
    let changed = send(Method::PUT, ("if-match", &either), body.clone()).await;
    assert_eq!(changed.status(), StatusCode::OK);
    let third = changed.headers()[header::ETAG].to_str().unwrap().to_owned();
    let weak = format!("W/{third}");
    let weak = send(Method::DELETE, ("if-match", &weak), Value::Null).await;
    assert_eq!(weak.status(), StatusCode::PRECONDITION_FAILED);
    let gone = send(Method::DELETE, ("if-match", "*"), Value::Null).await;
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    let missing = send(Method::PUT, ("if-match", "*"), body.clone()).await;
    assert_eq!(missing.status(), StatusCode::PRECONDITION_FAILED);
    let created = send(Method::PUT, ("if-none-match", "*"), body).await;
    assert_eq!(created.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_version_differs_with_the_secret_and_does_not_show_it() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    let program = Program::of_whole_app(&app, &admin).await;
    let path = format!("{}?check=false", connection("okta"));
    let mut versions = Vec::new();
    for secret in ["one", "two", "two"] {
        let mut body = json!(form(&provider));
        body["client_secret"] = json!(secret);
        let saved = program.send(Method::PUT, &path, &body).await;
        versions.push(saved.headers()[header::ETAG].clone());
    }
    assert_ne!(versions[0], versions[1]);
    assert_eq!(versions[1], versions[2]);
}

#[tokio::test]
async fn a_patch_changes_parts_and_is_checked() {
    let market = Market::open().await;
    let program = Program::of_whole_app(&market.app, &market.admin).await;
    let path = connection("acme");
    let body = json!({ "config": { "claims": ["department"] }, "name": "Acme" });
    let changed = program.send(Method::PATCH, &path, &body).await;
    assert_eq!(changed.status(), StatusCode::OK);
    assert!(changed.headers().contains_key(header::ETAG));
    let changed: Value = changed.json().await.unwrap();
    assert_eq!(changed["claims"], json!(["department"]));
    assert_eq!(changed["display_name"], "Acme");
    assert_eq!(changed["client_id"], form(&market.acme).client_id);
    market.signed_in("acme").await;

    let wrong = json!({ "client_secret": "wrong", "place": 7 });
    let refused = program.send(Method::PATCH, &path, &wrong).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(pointers(&problem(refused).await), ["/client_secret"]);
    let unknown = program
        .send(Method::PATCH, &path, &json!({ "scope": [] }))
        .await;
    assert_eq!(pointers(&problem(unknown).await), ["/scope"]);
    assert_eq!(program.json(&path).await, changed, "all or nothing");
}

#[tokio::test]
async fn the_roles_of_a_put_are_saved_with_it_or_not_at_all() {
    let market = Market::open().await;
    let program = Program::of_whole_app(&market.app, &market.admin).await;
    let path = connection("acme");
    let roles = format!("{path}/roles");
    let mut body = json!(form(&market.acme));
    body["roles"] = json!({ "rules": [{ "group": "Engineering", "role": "" }] });
    body["display_name"] = json!("Acme");
    let refused = program.send(Method::PUT, &path, &body).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    body["roles"]["rules"][0]["role"] = json!("editor");
    body["client_secret"] = json!("wrong");
    let refused = program.send(Method::PUT, &path, &body).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(program.json(&roles).await["rules"], json!([]));
    assert_eq!(program.json(&path).await["display_name"], "Okta");
}

#[tokio::test]
async fn a_program_reads_all_pages_while_connections_come_and_go() {
    let market = Market::open().await;
    let program = Program::of_whole_app(&market.app, &market.admin).await;
    let first = program.get("/api/okta/connections?limit=2").await;
    let link = first.headers()[header::LINK].to_str().unwrap().to_owned();
    let page: Value = first.json().await.unwrap();
    assert_eq!(page["connections"].as_array().unwrap().len(), 2);
    // The one that the next page follows.
    let beta = connection("beta");
    let gone = program.send(Method::DELETE, &beta, &Value::Null).await;
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    let next = link
        .strip_prefix('<')
        .and_then(|link| link.split_once(">; rel=\"next\""));
    let (next, _) = next.unwrap();
    let page = program.json(&format!("/api/okta/connections{next}")).await;
    assert_eq!(page["connections"][0]["name"], "okta");
    assert_eq!(page["next"], Value::Null);
}
