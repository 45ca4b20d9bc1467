//! The reference on an error page is also in the log and the audit trail, and is the proxy's name
//! for the request if there is one.

use axum_okta::OktaBuilder;
use http::Method;

use crate::harness::{App, Log};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn trusting(builder: OktaBuilder) -> OktaBuilder {
    builder.trusted_proxies(["127.0.0.1/32".parse().unwrap()])
}

/// The reference on the page that this request fails with.
async fn reference(app: &App, header: (&str, &str)) -> String {
    let request = app.browser().request(
        Method::GET,
        "/authorization-code/callback?state=unknown&code=x",
    );
    let page = request.header(header.0, header.1).send().await.unwrap();
    let page = page.text().await.unwrap();
    let (_, reference) = page.split_once("Reference <code>").unwrap();
    reference.split('<').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_name_that_a_trusted_proxy_gave_is_shown_logged_and_recorded() {
    let log = Log::default();
    let _listening = log.listen("info");
    let app = App::start_with(trusting).await;
    let (_provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    assert_eq!(reference(&app, ("traceparent", &parent)).await, TRACE);
    let id = "7f3c1a52-95a5-4c53-8c0f-0d1f6f0e9a11";
    assert_eq!(reference(&app, ("x-request-id", id)).await, id);
    let text = log.text();
    let audit = admin.audit().await.to_string();
    for reference in [TRACE, id] {
        let named = format!("reference {reference}: ");
        assert!(text.contains(&named), "{text}");
        assert!(audit.contains(&named), "{audit}");
    }
}

#[tokio::test]
async fn nobody_else_names_a_request() {
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let stranger = App::start().await;
    let proxied = App::start_with(trusting).await;
    for (app, header) in [
        (&stranger, ("traceparent", &*parent)),
        (&stranger, ("x-request-id", "chosen-by-a-stranger")),
        (&proxied, ("traceparent", "00-not-a-trace-id-01")),
        (&proxied, ("x-request-id", "<script>alert(1)</script>")),
    ] {
        let reference = reference(app, header).await;
        assert_eq!(reference.len(), 8, "{header:?}: {reference}");
        assert!(!header.1.contains(&reference));
    }
}
