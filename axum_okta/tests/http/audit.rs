//! The audit trail.

use http::StatusCode;
use serde_json::{Value, json};

use crate::harness::{App, Browser, CLIENT_SECRET, Log, SETUP_CODE, form_with, grace};

/// All entries, newest first, through as many pages as there are.
async fn trail(admin: &Browser) -> Vec<Value> {
    let mut entries = Vec::new();
    let mut address = "/api/okta/audit".to_owned();
    loop {
        let answer = admin.api(&address).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let page: Value = answer.json().await.unwrap();
        let of_page = page["entries"].as_array().unwrap();
        assert!(of_page.len() <= 20, "a page is a page");
        entries.extend(of_page.iter().cloned());
        match page["next"].as_str() {
            Some(next) => address = format!("/api/okta/audit?before={next}"),
            None => return entries,
        }
    }
}

fn events(trail: &[Value]) -> Vec<&str> {
    trail
        .iter()
        .map(|entry| entry["event"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn it_says_who_did_what_from_where_and_why_not() {
    let app = App::start().await;
    app.browser().try_setup_code("a wrong code").await;
    let (provider, admin) = app.connected().await;
    let wrong = form_with(&provider, |form| {
        form.client_secret = "a-wrong-secret".to_owned();
    });
    admin.connect(&wrong).await;
    admin.sign_in("/").await;
    app.browser()
        .page("/authorization-code/callback?state=nobody-knows&code=c")
        .await;
    admin.disconnect().await;

    let trail = trail(&admin).await;
    assert_eq!(
        events(&trail),
        [
            "disconnected",
            "sign_in_refused",
            "signed_in",
            "became_admin",
            "connect_refused",
            "connected",
            "setup_code_accepted",
            "setup_code_refused",
            "setup_code_made",
        ]
    );
    let ada = json!({
        "kind": "person", "issuer": provider.issuer, "subject": "00u1ada", "name": "Ada Lovelace",
    });
    let actors: Vec<&Value> = trail.iter().map(|entry| &entry["actor"]).collect();
    let (stranger, code) = (
        json!({ "kind": "stranger" }),
        json!({ "kind": "setup_code" }),
    );
    assert_eq!(
        actors,
        [
            &ada,
            &stranger,
            &ada,
            &ada,
            &code,
            &code,
            &stranger,
            &stranger,
            &json!({ "kind": "operator" }),
        ]
    );
    for entry in &trail[..8] {
        assert_eq!(entry["address"], "127.0.0.1");
    }
    let detail = |index: usize| trail[index]["detail"].as_str().unwrap();
    assert_eq!(detail(0), provider.issuer);
    assert!(detail(1).contains(": this sign-in is unknown, expired, already used"));
    assert!(detail(4).ends_with("failed: Client ID and secret"));
    assert!(detail(5).contains(&provider.issuer));

    let text = json!(trail).to_string();
    for secret in [CLIENT_SECRET, "a-wrong-secret", SETUP_CODE, "a wrong code"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn before_anything_is_connected_no_sign_in_has_failed() {
    let app = App::start().await;
    let page = app.browser().page("/login").await;
    assert_eq!(page.status(), StatusCode::SERVICE_UNAVAILABLE);
    let (_provider, admin) = app.connected().await;
    assert_eq!(
        events(&trail(&admin).await),
        ["connected", "setup_code_accepted", "setup_code_made"]
    );
}

#[tokio::test(flavor = "current_thread")]
async fn a_refused_sign_in_is_in_the_log_once() {
    let log = Log::default();
    let _listening = log.listen("axum_okta=info");
    let app = App::start().await;
    app.browser()
        .page("/authorization-code/callback?state=one")
        .await;
    let text = log.text();
    assert_eq!(text.matches("this sign-in is unknown").count(), 1, "{text}");
}

#[tokio::test]
async fn a_changed_connection_is_told_by_what_changed() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    provider.now().client_secret = "a-newer-secret".to_owned();
    let changed = form_with(&provider, |form| {
        form.client_secret = "a-newer-secret".to_owned();
    });
    assert_eq!(admin.connect(&changed).await.status(), StatusCode::OK);
    let trail = trail(&admin).await;
    assert_eq!(trail[0]["detail"], "client secret replaced");
}

#[tokio::test]
async fn only_an_admin_reads_it() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    let grace = app.signed_in(&provider, grace()).await;
    let asked = |browser: Browser| async move { browser.api("/api/okta/audit").await.status() };
    assert_eq!(asked(app.browser()).await, StatusCode::UNAUTHORIZED);
    assert_eq!(asked(grace).await, StatusCode::FORBIDDEN);
    assert_eq!(asked(admin).await, StatusCode::OK);
}

#[tokio::test]
async fn it_comes_in_pages_newest_first() {
    let app = App::start().await;
    let (_provider, admin) = app.connected().await;
    for number in 0..45 {
        admin
            .page(&format!("/authorization-code/callback?state={number}"))
            .await;
    }
    let trail = trail(&admin).await;
    assert_eq!(trail.len(), 45 + 3);
    assert_eq!(trail[44]["event"], "sign_in_refused");
    assert_eq!(trail[45]["event"], "connected");
    let references: std::collections::HashSet<&str> = trail[..45]
        .iter()
        .map(|entry| entry["detail"].as_str().unwrap())
        .collect();
    assert_eq!(references.len(), 45, "each once");

    // A place that no page named is no way to break anything.
    for nonsense in ["x", "-", "9-'", "%00", "99999999999999999999-a"] {
        let answer = admin
            .api(&format!("/api/okta/audit?before={nonsense}"))
            .await;
        assert_eq!(answer.status(), StatusCode::OK, "{nonsense}");
    }
}

/// The page at this address: its events, and the addresses of its neighbours.
async fn page(admin: &Browser, query: &str) -> (Vec<Value>, Option<String>, Option<String>) {
    let answer = admin.api(&format!("/api/okta/audit?{query}")).await;
    assert_eq!(answer.status(), StatusCode::OK, "{query}");
    let page: Value = answer.json().await.unwrap();
    let place = |name: &str| page[name].as_str().map(str::to_owned);
    let entries = page["entries"].as_array().unwrap().clone();
    (entries, place("next"), place("previous"))
}

#[tokio::test]
async fn pages_turn_both_ways() {
    let app = App::start().await;
    let (_provider, admin) = app.connected().await;
    for number in 0..45 {
        admin
            .page(&format!("/authorization-code/callback?state={number}"))
            .await;
    }
    let filter = "event=sign_in_refused";
    let (first, next, previous) = page(&admin, filter).await;
    assert_eq!((first.len(), previous), (20, None));
    let (second, next, previous) =
        page(&admin, &format!("{filter}&before={}", next.unwrap())).await;
    assert_eq!(second.len(), 20);
    let (last, end, back) = page(&admin, &format!("{filter}&before={}", next.unwrap())).await;
    assert_eq!((last.len(), end), (5, None));

    let (again, next, _) = page(&admin, &format!("{filter}&after={}", back.unwrap())).await;
    assert_eq!(again, second);
    assert!(next.is_some());
    let (newest, _, end) = page(&admin, &format!("{filter}&after={}", previous.unwrap())).await;
    assert_eq!((newest, end), (first, None));
}

#[tokio::test]
async fn it_is_filtered_by_event_and_person() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    provider.now().person = grace();
    app.browser().sign_in("/").await;

    for (query, expected) in [
        ("event=signed_in", ["signed_in", "signed_in"].as_slice()),
        ("event=signed_in&person=LOVELACE", &["signed_in"]),
        ("person=00u1ada", &["signed_in", "became_admin"]),
        ("person=nobody", &[]),
        ("person=%20&event=connected", &["connected"]),
    ] {
        let (entries, ..) = page(&admin, query).await;
        assert_eq!(events(&entries), expected, "{query}");
    }
    for nonsense in ["event=no_such_event", "format=xml"] {
        let answer = admin.api(&format!("/api/okta/audit?{nonsense}")).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{nonsense}");
    }
}

#[tokio::test]
async fn it_is_exported_whole_and_no_cell_is_a_formula() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    // Beyond what is read at once.
    for number in 0..600 {
        admin
            .page(&format!("/authorization-code/callback?state={number}"))
            .await;
    }
    provider.now().person["name"] = json!("=HYPERLINK(\"https://evil.example\"), \"x\"");
    app.browser().sign_in("/").await;

    let csv = admin
        .api("/api/okta/audit?format=csv&event=signed_in")
        .await;
    assert_eq!(
        csv.headers()["content-type"],
        "text/csv; charset=utf-8; header=present"
    );
    assert_eq!(csv.headers()["cache-control"], "no-store");
    assert!(
        csv.headers()["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("attachment")
    );
    let csv = csv.text().await.unwrap();
    let lines: Vec<&str> = csv.split("\r\n").collect();
    assert_eq!(lines.len(), 4, "{csv}");
    assert_eq!(
        lines[0],
        r#""time","event","actor","issuer","subject","address","detail","connection""#
    );
    assert!(
        lines[1].contains(r#","'=HYPERLINK(""https://evil.example""), ""x""","#),
        "{csv}"
    );
    assert!(
        lines[2].contains(r#"Z","signed_in","Ada Lovelace","#) && lines[2].ends_with(r#","okta""#),
        "{csv}"
    );

    let json_lines = admin.api("/api/okta/audit?format=jsonl").await;
    let text = json_lines.text().await.unwrap();
    let exported: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(exported, trail(&admin).await);
    let stranger = app.browser().api("/api/okta/audit?format=csv").await;
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_flood_by_strangers_pushes_out_only_what_strangers_did() {
    let app = App::start().await;
    let (_provider, admin) = app.connected().await;
    let mut database = app.sql().await;
    let refused = json!({
        "at": 1, "event": "sign_in_refused", "actor": { "kind": "stranger" }, "address": null, "detail": null,
    });
    sqlx::query(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 12000) \
         INSERT INTO okta_audit (id, at, event, entry) SELECT 'flood' || n, n, 'sign_in_refused', $1 FROM numbers",
    )
    .bind(refused.to_string())
    .execute(&mut database)
    .await
    .unwrap();

    admin.page("/authorization-code/callback?state=one").await;

    let mut kept = async |event: &str| {
        sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM okta_audit WHERE event = $1")
            .bind(event)
            .fetch_one(&mut database)
            .await
            .unwrap()
    };
    assert_eq!(kept("sign_in_refused").await, 10_000);
    // How many there are is looked at now and then.
    for number in 0..150 {
        admin
            .page(&format!("/authorization-code/callback?state={number}"))
            .await;
    }
    let kept_by_now = kept("sign_in_refused").await;
    assert!((10_000..10_101).contains(&kept_by_now), "{kept_by_now}");
    assert_eq!(kept("connected").await, 1);
    let newest = admin.audit().await;
    assert!(newest[0]["detail"].is_string(), "the last one is kept");
}

/// On one thread, so that the subscriber of this thread sees the app's events.
#[tokio::test(flavor = "current_thread")]
async fn each_entry_is_a_tracing_event_of_a_stable_name() {
    let log = Log::default();
    let _listening = log.listen("axum_okta::audit=info");
    let app = App::start().await;
    let (_provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    admin.page("/authorization-code/callback?state=one").await;
    admin.post("/logout").await;

    let fields: Vec<Value> = log
        .text()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["fields"].take())
        .collect();
    assert_eq!(
        events(&fields),
        [
            "setup_code_made",
            "setup_code_accepted",
            "connected",
            "became_admin",
            "signed_in",
            "sign_in_refused",
            "signed_out",
        ]
    );
    assert_eq!(fields[4]["actor"], "Ada Lovelace (00u1ada)");
    assert_eq!(fields[4]["address"], "127.0.0.1");
}
