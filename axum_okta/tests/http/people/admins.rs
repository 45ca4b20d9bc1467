//! What an admin sees of everybody's sessions, and ends.

use super::*;

#[tokio::test]
async fn an_admin_sees_who_is_signed_in_where() {
    let people = People::signed_in().await;
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0";
    let adas = people.app.browser();
    people.provider.now().person = ada();
    let callback = adas.to_provider_and_back("/").await;
    let signed_in = adas.request(Method::GET, &callback);
    signed_in
        .header("user-agent", firefox)
        .send()
        .await
        .unwrap();

    let page: Value = people.admin.json(SESSIONS).await;
    assert_eq!(
        subjects(&page),
        ["00u1ada", "00u1ada", "00u1ada", "00u2grace"]
    );
    let sessions = page["sessions"].as_array().unwrap();
    let with_id = |id: String| sessions.iter().find(|session| session["id"] == id).unwrap();
    let session = with_id(id_of(&adas).await);
    assert_eq!(session["name"], "Ada Lovelace");
    assert_eq!(session["email"], "ada@example.com");
    assert_eq!(session["connection"], "okta");
    assert_eq!(session["browser"], "Firefox on Linux");
    assert_eq!(session["address"], "127.0.0.1");
    assert_eq!(session["is_current"], false);
    assert_eq!(with_id(id_of(&people.admin).await)["is_current"], true);
    assert!(session["since"].as_i64() <= session["last_seen"].as_i64());
    assert_eq!(page["next"], Value::Null);
}

#[tokio::test]
async fn only_admins_see_and_end_sessions() {
    let people = People::signed_in().await;
    let id = id_of(&people.ada[0]).await;
    let one = format!("{SESSIONS}/{id}");
    let of_ada = json!({ "issuer": people.provider.issuer, "subject": "00u1ada" });
    let stranger = people.app.browser();
    for (browser, status) in [
        (&stranger, StatusCode::UNAUTHORIZED),
        (&people.ada[0], StatusCode::FORBIDDEN),
    ] {
        assert_eq!(browser.api(SESSIONS).await.status(), status);
        assert_eq!(delete(browser, &one).await, status);
        for body in [of_ada.clone(), json!({ "everybody": true })] {
            assert_eq!(delete_with(browser, SESSIONS, body).await.0, status);
        }
    }
    assert_eq!(people.are_signed_in().await, [true, true, true]);
}

#[tokio::test]
async fn another_site_ends_nobodys_session() {
    let people = People::signed_in().await;
    let one = format!("{SESSIONS}/{}", id_of(&people.ada[0]).await);
    for path in [SESSIONS, &one, OWN] {
        let request = people.admin.request(Method::DELETE, path);
        let request = request.header("sec-fetch-site", "cross-site");
        let answer = request.json(&json!({ "everybody": true })).send().await;
        assert_eq!(answer.unwrap().status(), StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(people.are_signed_in().await, [true, true, true]);
}

#[tokio::test]
async fn an_admin_ends_one_session_or_all_of_a_person_or_everybodys() {
    let people = People::signed_in().await;
    let one = format!("{SESSIONS}/{}", id_of(&people.ada[1]).await);
    assert_eq!(delete(&people.admin, &one).await, StatusCode::NO_CONTENT);
    assert_eq!(people.are_signed_in().await, [true, true, false]);
    assert_eq!(delete(&people.admin, &one).await, StatusCode::NOT_FOUND);
    let entry = people.admin.audit().await[0].take();
    assert_eq!(entry["event"], "ended_by_admin");
    assert_eq!(entry["actor"]["subject"], "00u2grace");
    assert_eq!(entry["detail"], "Ada Lovelace (00u1ada): 1 session");

    people.ada[1].sign_in("/").await;
    let of = |issuer: &str, subject: &str| json!({ "issuer": issuer, "subject": subject });
    let issuer = people.provider.issuer.clone();
    for nobodys in [of("https://dev-2.okta.com", "00u1ada"), of(&issuer, "00u9")] {
        let (status, _) = delete_with(&people.admin, SESSIONS, nobodys).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
    let (status, ended) = delete_with(&people.admin, SESSIONS, of(&issuer, "00u2grace")).await;
    assert_eq!((status, &ended["ended"]), (StatusCode::OK, &json!(1)));
    assert_eq!(people.are_signed_in().await, [false, true, true]);

    people.provider.now().person = grace();
    people.admin.sign_in("/").await;
    let everybody = json!({ "everybody": true });
    let (status, ended) = delete_with(&people.admin, SESSIONS, everybody).await;
    assert_eq!((status, &ended["ended"]), (StatusCode::OK, &json!(3)));
    assert_eq!(people.are_signed_in().await, [false, false, false]);
}

#[tokio::test]
async fn a_request_that_does_not_say_whose_ends_nobodys() {
    let people = People::signed_in().await;
    for unclear in [
        json!({}),
        json!({ "everybody": false }),
        json!({ "subject": "00u1ada" }),
        json!({ "issuer": people.provider.issuer }),
        json!({ "everybody": true, "subject": "00u1ada", "issuer": "x" }),
        json!({ "everybody": true, "person": "ada" }),
        json!([]),
    ] {
        let (status, _) = delete_with(&people.admin, SESSIONS, unclear.clone()).await;
        assert!(status.is_client_error(), "{unclear}");
    }
    assert_eq!(people.are_signed_in().await, [true, true, true]);
}

#[tokio::test]
async fn people_are_found_by_name_email_or_subject() {
    let people = People::signed_in().await;
    for (text, count) in [
        ("lovelace", 2),
        ("ADA%20L", 2),
        ("GRACE@example", 1),
        ("00u", 3),
        ("%20", 3),
        ("nobody", 0),
        ("%25", 0),
    ] {
        let page: Value = people
            .admin
            .json(&format!("{SESSIONS}?person={text}"))
            .await;
        assert_eq!(subjects(&page).len(), count, "{text}");
    }
}

#[tokio::test]
async fn pages_stay_the_same_while_sessions_come_and_go() {
    let people = People::signed_in().await;
    for _ in 0..25 {
        people.app.signed_in(&people.provider, ada()).await;
    }
    let first: Value = people.admin.json(SESSIONS).await;
    let first_ids = ids(&first);
    assert_eq!(first_ids.len(), 20);
    let after = format!("{SESSIONS}?before={}", first["next"].as_str().unwrap());
    let second: Value = people.admin.json(&after).await;
    assert_eq!(ids(&second).len(), 8, "of 28 sessions");
    assert_eq!(second["next"], Value::Null);
    // Others sign in, and of the first page one ends: the last but for the admin's own.
    people.app.signed_in(&people.provider, ada()).await;
    let own = id_of(&people.admin).await;
    let last = first_ids.iter().rfind(|id| **id != own).unwrap();
    let last = format!("{SESSIONS}/{last}");
    assert_eq!(delete(&people.admin, &last).await, StatusCode::NO_CONTENT);

    // Of sessions that started in the same second, a new one may be anywhere.
    let again: Value = people.admin.json(&after).await;
    let again_ids = ids(&again);
    assert!(ids(&second).iter().all(|id| again_ids.contains(id)));
    assert!(again_ids.iter().all(|id| !first_ids.contains(id)));

    let found: Value = people.admin.json(&format!("{after}&person=lovelace")).await;
    let but_grace = again["sessions"].as_array().unwrap().iter();
    let but_grace = but_grace.filter(|session| session["name"] == "Ada Lovelace");
    assert_eq!(ids(&found).len(), but_grace.count());
    // A place that no page named gives the newest.
    let newest: Value = people
        .admin
        .json(&format!("{SESSIONS}?before=nonsense"))
        .await;
    assert_eq!(ids(&newest).len(), 20);
}

#[tokio::test]
async fn an_id_is_not_worth_a_session() {
    let people = People::signed_in().await;
    let cookie = session_id(&people.app.browser().sign_in("/").await);
    let page: Value = people.admin.json(SESSIONS).await;
    let text = page.to_string();
    assert!(!text.contains(&cookie));
    for id in ids(&page) {
        let answer = people.app.with_session("/api/identity", &id).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    }
    // Nor is the cookie's value the name of a session.
    let path = format!("{SESSIONS}/{cookie}");
    assert_eq!(delete(&people.admin, &path).await, StatusCode::NOT_FOUND);
}

/// Their sessions are in the database, but nobody is signed in with them.
#[tokio::test]
async fn sessions_of_a_former_connection_are_not_listed() {
    let people = People::signed_in().await;
    people.admin.disconnect().await;
    let code = people.app.new_setup_code().await;
    let operator = people.app.browser();
    operator.enter_setup_code(&code).await;
    let page: Value = operator.json(SESSIONS).await;
    assert!(ids(&page).is_empty());
}
