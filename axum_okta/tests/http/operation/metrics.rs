//! What is counted, as a recorder sees it.

use http::StatusCode;
use metrics_util::{
    MetricKind,
    debugging::{DebugValue, DebuggingRecorder, Snapshotter},
};

use crate::harness::{App, grace};

/// What was counted or measured since the last time, as lines such as `name{label=value} 2`.
/// Measured values are counted.
fn lines(snapshotter: &Snapshotter) -> Vec<String> {
    let snapshot = snapshotter.snapshot().into_vec();
    let mut lines: Vec<String> = snapshot
        .into_iter()
        .map(|(key, _, _, value)| {
            let labels: Vec<String> = key
                .key()
                .labels()
                .map(|label| format!("{}={}", label.key(), label.value()))
                .collect();
            let value = match (key.kind(), value) {
                (_, DebugValue::Counter(count)) => count.to_string(),
                (MetricKind::Histogram, DebugValue::Histogram(values)) => values.len().to_string(),
                (_, value) => format!("{value:?}"),
            };
            format!("{}{{{}}} {value}", key.key().name(), labels.join(","))
        })
        .collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn sign_ins_refusals_ends_and_requests_to_okta_are_counted_and_nobody_is_named() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    // For this thread, on which everything of this test runs.
    let _recording = metrics::set_default_local_recorder(&recorder);
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    lines(&snapshotter);

    admin.sign_in("/").await;
    assert!(admin.is_signed_in().await);
    assert!(admin.is_signed_in().await);
    app.signed_in(&provider, grace()).await;
    let refused = app
        .browser()
        .page("/authorization-code/callback?state=x")
        .await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    admin.post("/logout").await;

    let lines = lines(&snapshotter);
    for expected in [
        "okta_sign_ins_total{} 2",
        "okta_sign_ins_refused_total{reason=unknown_state} 1",
        "okta_sessions_ended_total{cause=sign_out} 1",
        "okta_provider_request_duration_seconds{request=token,outcome=responded} 2",
    ] {
        assert!(
            lines.contains(&expected.to_owned()),
            "{expected}: {lines:#?}"
        );
    }
    for measured in [
        "okta_session_cache_total{result=hit} ",
        "okta_session_cache_total{result=miss} ",
        "okta_change_wait_duration_seconds{} ",
        "okta_change_duration_seconds{outcome=stored} ",
        "okta_session_read_duration_seconds{} ",
        "okta_database_connections{state=in_use} ",
    ] {
        let line = lines.iter().find(|line| line.starts_with(measured));
        assert!(
            line.is_some_and(|line| !line.ends_with(" 0")),
            "{measured}: {lines:#?}"
        );
    }
    let all = lines.join("\n");
    for personal in ["ada", "grace", "00u", "127.0.0.1", &app.url] {
        assert!(!all.contains(personal), "{personal}: {all}");
    }
}
