//! Addresses inside of the server's own network.

use serde_json::json;

use super::{only_issuer_failed, ready, refused};
use crate::harness::{App, form, form_with};

#[tokio::test]
async fn an_issuer_inside_of_the_servers_own_network_is_not_asked() {
    let (app, provider, admin) = ready().await;
    for issuer in [
        "https://169.254.169.254",
        "https://10.0.0.1",
        "https://192.168.1.1",
        "https://[fd00::1]",
        "https://[::ffff:10.0.0.1]",
        "https://0xa9fea9fe",
        "https://0.0.0.0",
    ] {
        let inside = form_with(&provider, |form| form.issuer = issuer.to_owned());
        let text = refused(&app, &admin, &inside, only_issuer_failed()).await;
        assert!(text.contains("not a public address"), "{text}");
    }
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_asked() {
    // Without the development setting, loopback is inside, too; `localhost` is a name that resolves
    // to it.
    let app = App::start_with(|builder| builder.allow_http_issuer(false)).await;
    let (provider, admin) = app.ready_to_connect().await;
    let port = provider.issuer.rsplit(':').next().unwrap();
    let inside = form_with(&provider, |form| {
        form.issuer = format!("https://localhost:{port}");
    });
    let text = refused(&app, &admin, &inside, only_issuer_failed()).await;
    assert!(text.contains("not a public address"), "{text}");
    assert_eq!(provider.asked("discovery"), 0);
}

#[tokio::test]
async fn endpoints_inside_of_the_servers_own_network_are_not_asked() {
    let (app, provider, admin) = ready().await;
    for endpoint in [
        "token_endpoint",
        "jwks_uri",
        "userinfo_endpoint",
        "revocation_endpoint",
        "authorization_endpoint",
    ] {
        provider.now().discovery = json!({ endpoint: "https://169.254.169.254/latest/" });
        let text = refused(
            &app,
            &admin,
            &form(&provider),
            json!({ "issuer": "passed", "discovery": "passed",
            "endpoints": "failed", "credentials": "skipped", "redirect_uri": "skipped", "groups": "skipped" }),
        )
        .await;
        assert!(text.contains("not a public address"), "{text}");
    }
}

#[tokio::test]
async fn the_metadata_service_of_a_cloud_is_not_asked_even_where_private_issuers_are() {
    let app = App::start_with(|builder| builder.allow_private_issuer(true)).await;
    let (provider, admin) = app.ready_to_connect().await;
    let metadata = form_with(&provider, |form| {
        form.issuer = "https://169.254.169.254".to_owned();
    });
    let text = refused(&app, &admin, &metadata, only_issuer_failed()).await;
    assert!(text.contains("not a public address"), "{text}");
}
