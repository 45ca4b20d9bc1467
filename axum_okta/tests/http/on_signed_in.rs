//! What the host says about somebody who is about to be signed in.

use std::sync::{Arc, Mutex};

use axum_okta::{Identity, error::Refusal};
use http::StatusCode;

use crate::harness::{App, Log, ada, cache_control, grace, location, refresh, table};

/// Those who were shown to the host, with their roles.
type Shown = Arc<Mutex<Vec<(String, Vec<String>)>>>;

fn show(shown: &Shown, identity: &Identity) {
    let person = (identity.subject.clone(), identity.roles.clone());
    shown.lock().unwrap().push(person);
}

#[tokio::test]
async fn the_host_sees_everybody_with_their_roles_before_their_session_starts() {
    let shown = Shown::default();
    let seen = shown.clone();
    let app = App::start_with(|builder| {
        builder.on_signed_in(move |identity| {
            show(&seen, &identity);
            async { Ok(()) }
        })
    })
    .await;
    let (provider, admin) = app.connected().await;
    admin.set_roles(&table(&[("Engineering", "editor")])).await;
    admin.sign_in("/").await;
    assert!(admin.is_signed_in().await);
    app.signed_in(&provider, ada()).await;
    app.signed_in(&provider, grace()).await;

    let person = |subject: &str, roles: &[&str]| {
        let roles = roles.iter().map(|role| (*role).to_owned()).collect();
        (subject.to_owned(), roles)
    };
    let expected = [
        // Who becomes admin by this very sign-in is one for the host, too.
        person("00u1ada", &["admin", "editor"]),
        person("00u1ada", &["admin", "editor"]),
        person("00u2grace", &[]),
    ];
    assert_eq!(*shown.lock().unwrap(), expected);
    // Asking who is signed in asks the host nothing.
    admin.page("/").await;
    assert_eq!(shown.lock().unwrap().len(), expected.len());
}

#[tokio::test]
async fn whom_the_host_refuses_gets_its_words_and_no_session() {
    let app = App::start_with(|builder| {
        builder.on_signed_in(async |identity| match identity.subject.as_str() {
            "00u2grace" => Err(Refusal::new("Ask <Ada> for an account.")),
            _ => Ok(()),
        })
    })
    .await;
    let (provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    provider.now().person = grace();
    let browser = app.browser();
    let refused = browser.sign_in("/").await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert_eq!(cache_control(&refused), "no-store");
    assert!(
        refused
            .cookies()
            .all(|cookie| cookie.name() != "okta_session")
    );
    let page = refused.text().await.unwrap();
    assert!(page.contains("Ask &lt;Ada&gt; for an account."), "{page}");
    assert!(!browser.is_signed_in().await);

    let entry = &admin.audit().await[0];
    assert_eq!(entry["event"], "sign_in_refused");
    assert!(entry["actor"].to_string().contains("00u2grace"), "{entry}");
    let detail = entry["detail"].as_str().unwrap();
    assert!(detail.contains("Ask <Ada> for an account."), "{detail}");
}

#[tokio::test]
async fn a_hook_that_fails_or_panics_lets_nobody_in_and_tells_only_the_log_why() {
    let app = App::start_with(|builder| {
        builder.on_signed_in(async |identity| {
            assert_ne!(identity.subject, "00u2grace", "on purpose");
            let _number: u8 = "a row that is none".parse()?;
            Ok(())
        })
    })
    .await;
    let (provider, _admin) = app.connected().await;
    for (person, why) in [(ada(), "invalid digit"), (grace(), "panicked")] {
        provider.now().person = person;
        let browser = app.browser();
        let log = Log::default();
        let _listening = log.listen("axum_okta=warn");
        let refused = browser.sign_in("/").await;
        assert_eq!(refused.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let page = refused.text().await.unwrap();
        assert!(page.contains("Reference") && !page.contains(why), "{page}");
        assert!(log.text().contains(why), "{}", log.text());
        assert!(!browser.is_signed_in().await);
    }
}

/// Nobody waits for the host but whoever signs in.
#[tokio::test]
async fn while_the_host_thinks_an_admin_replaces_the_connection_and_then_it_is_too_late() {
    let (begun, started) = tokio::sync::watch::channel(false);
    let (go, gone_on) = tokio::sync::watch::channel(false);
    let app = App::start_with(|builder| {
        builder.on_signed_in(move |_identity| {
            begun.send_replace(true);
            let mut gone_on = gone_on.clone();
            async move {
                gone_on.wait_for(|go| *go).await?;
                Ok(())
            }
        })
    })
    .await;
    let (_provider, admin) = app.connected().await;
    // It holds the right that makes admin, which waits for changes under way.
    let callback = admin.to_provider_and_back("/").await;
    let mut started = started;
    let (answer, ()) = tokio::join!(admin.page(&callback), async {
        started.wait_for(|begun| *begun).await.unwrap();
        admin.disconnect().await;
        go.send_replace(true);
    });
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert!(!admin.is_signed_in().await);
}

#[tokio::test]
async fn a_test_sign_in_is_not_shown_to_the_host() {
    let app = App::start_with(|builder| {
        builder.on_signed_in(async |_| Err(Refusal::new("Nobody comes in.")))
    })
    .await;
    let (_provider, admin) = app.connected().await;
    let test = "/api/okta/connections/okta/test";
    let started = admin.submit(test, &[("return_to", "/settings")]).await;
    let at_okta = refresh(&started);
    let callback = location(&admin.page(&at_okta).await);
    assert_eq!(location(&admin.page(&callback).await), "/settings");
}
