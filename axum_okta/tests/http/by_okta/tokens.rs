//! Tokens that don't count, at both addresses that take one.

use http::StatusCode;
use serde_json::{Value, json};

use super::{People, by_subject, post_logout_token, revocation_token, revoke, revoke_with};
use crate::harness::{Signature, Signed, form};

type Change = Box<dyn Fn(&mut Signed)>;

/// What makes a right token wrong.
fn wrong() -> Vec<(&'static str, Change)> {
    fn row(name: &'static str, change: impl Fn(&mut Signed) + 'static) -> (&'static str, Change) {
        (name, Box::new(change))
    }
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    let claims = move |changes: Value| move |token: &mut Signed| token.claim(&changes);
    let header = |field: &'static str, value: Value| {
        move |token: &mut Signed| token.header[field] = value.clone()
    };
    vec![
        row("another type", header("typ", json!("at+jwt"))),
        row("no algorithm", |token| token.signature = Signature::None),
        row("a shared secret", |token| {
            token.signature = Signature::ClientSecret;
        }),
        row("the public key as a secret", |token| {
            token.signature = Signature::PublicKeyAsSecret;
        }),
        row("an algorithm that is not offered", |token| {
            token.signature = Signature::With("ES256");
        }),
        row("a critical extension", header("crit", json!(["exp"]))),
        row("an unknown key", |token| {
            token.signature = Signature::Key(1)
        }),
        row("a broken signature", |token| {
            token.signature = Signature::Broken;
        }),
        row(
            "another issuer",
            claims(json!({ "iss": "https://dev-2.okta.com" })),
        ),
        row("another audience", claims(json!({ "aud": "0oa2" }))),
        row("two audiences", |token| {
            token.claims["aud"] = json!([token.claims["aud"], "0oa2"]);
        }),
        row("no audience", claims(json!({ "aud": [] }))),
        row("it has expired", claims(json!({ "exp": now - 61 }))),
        row("it is not valid yet", claims(json!({ "nbf": now + 120 }))),
        row("from the future", claims(json!({ "iat": now + 120 }))),
        row(
            "it would count for more than a day",
            claims(json!({ "exp": now + 25 * 3600 })),
        ),
        row("no end", claims(json!({ "exp": null }))),
        row("an end that is no time", claims(json!({ "exp": "soon" }))),
        row("no name of its own", claims(json!({ "jti": null }))),
        row("an empty name", claims(json!({ "jti": "" }))),
        row("a name that is no text", claims(json!({ "jti": 7 }))),
    ]
}

#[tokio::test]
async fn one_that_is_wrong_in_anything_ends_nothing() {
    let people = People::signed_in().await;
    let People { app, provider, .. } = &people;
    let subject = by_subject(&provider.issuer, "00u1ada");
    for (name, change) in wrong() {
        let token = provider.logout_token("00u1ada", &change);
        let answer = post_logout_token(app, &token).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{name}");

        let answer = revoke(app, &revocation_token(app, provider, &change), &subject).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{name}");
    }
    assert_eq!(people.are_signed_in().await, [true, true, true]);
}

/// Strangers learn whether one counts, and not why.
#[tokio::test]
async fn every_refusal_reads_the_same() {
    let people = People::signed_in().await;
    let People { app, provider, .. } = &people;
    let mut answers = Vec::new();
    for (_, change) in wrong() {
        let token = provider.logout_token("00u1ada", &change);
        let by_provider = post_logout_token(app, &token).await.text().await.unwrap();
        let token = revocation_token(app, provider, &change);
        let by_okta = revoke(app, &token, &json!({})).await.text().await.unwrap();
        answers.push((by_provider, by_okta));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

#[tokio::test]
async fn one_that_is_no_token_ends_nothing() {
    let people = People::signed_in().await;
    let long = format!(
        "{}.{}.{}",
        "a".repeat(9_000),
        "b".repeat(9_000),
        "c".repeat(9_000)
    );
    for nonsense in ["", ".", "..", "a.b.c", "{}", "\u{0}", "é.é.é", &long] {
        let answer = post_logout_token(&people.app, nonsense).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{nonsense:?}");
    }
    let body = || by_subject(&people.provider.issuer, "00u1ada").to_string();
    for authorization in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer a.b.c",
        "Basic YTpi",
        &format!("Bearer {long}"),
    ] {
        let answer = revoke_with(&people.app, authorization, body()).await;
        assert_eq!(
            answer.status(),
            StatusCode::UNAUTHORIZED,
            "{authorization:?}"
        );
        assert_eq!(
            answer.headers()["www-authenticate"],
            "Bearer error=\"invalid_token\""
        );
    }
    assert_eq!(people.are_signed_in().await, [true, true, true]);
}

#[tokio::test]
async fn a_mebibyte_is_not_read() {
    let people = People::signed_in().await;
    let mebibyte = "a".repeat(1024 * 1024);
    let answer = post_logout_token(&people.app, &mebibyte).await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let token = revocation_token(&people.app, &people.provider, |_| {});
    let answer = revoke(&people.app, &token, &json!({ "sub_id": mebibyte })).await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(people.are_signed_in().await, [true, true, true]);
}

#[tokio::test]
async fn clocks_may_differ_by_a_minute() {
    let people = People::signed_in().await;
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    let token = people.provider.logout_token("00u1ada", |token| {
        token.claim(&json!({ "iat": now + 50, "nbf": now + 50, "exp": now - 50 }));
    });
    let answer = post_logout_token(&people.app, &token).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(people.are_signed_in().await, [false, false, true]);
}

#[tokio::test]
async fn keys_may_rotate_before_the_first_call() {
    let people = People::signed_in().await;
    people.provider.now().published = vec![1];
    let token = people.provider.logout_token("00u1ada", |token| {
        token.signature = Signature::Key(1);
    });
    let answer = post_logout_token(&people.app, &token).await;
    assert_eq!(answer.status(), StatusCode::OK);
}

/// Keys are fetched again after an invalid signature. Strangers must not use that up: after a
/// rotation, people could not sign in.
#[tokio::test]
async fn a_flood_of_bad_signatures_leaves_sign_ins_their_keys() {
    let people = People::signed_in().await;
    let People { app, provider, .. } = &people;
    let before = provider.asked("keys");
    for _ in 0..20 {
        let token = provider.logout_token("00u1ada", |token| token.signature = Signature::Broken);
        post_logout_token(app, &token).await;
    }
    assert!(provider.asked("keys") <= before + 5);
    provider.now().signature = Signature::Key(1);
    provider.now().published = vec![1];
    let browser = app.browser();
    assert_eq!(browser.sign_in("/").await.status(), StatusCode::SEE_OTHER);
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn of_a_connection_that_was_removed_nothing_counts_any_more() {
    let people = People::signed_in().await;
    let People {
        app,
        provider,
        grace,
        ..
    } = &people;
    grace.disconnect().await;
    let token = provider.logout_token("00u1ada", |_| {});
    assert_eq!(
        post_logout_token(app, &token).await.status(),
        StatusCode::BAD_REQUEST
    );
    let token = revocation_token(app, provider, |_| {});
    let answer = revoke(app, &token, &by_subject(&provider.issuer, "00u1ada")).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let connected = grace.connect(&form(provider)).await;
    assert_eq!(connected.status(), StatusCode::OK);
}
