//! What people see of their own sessions, and end.

use super::*;

#[tokio::test]
async fn a_person_sees_their_own_sessions_and_which_one_this_is() {
    let people = People::signed_in().await;
    let page: Value = people.ada[0].json(OWN).await;
    assert_eq!(subjects(&page), ["00u1ada", "00u1ada"]);
    assert_ne!(id_of(&people.ada[0]).await, id_of(&people.ada[1]).await);
    let stranger = people.app.browser();
    assert_eq!(stranger.api(OWN).await.status(), StatusCode::UNAUTHORIZED);
    for path in [OWN, &format!("{OWN}/{}", ids(&page)[0])] {
        assert_eq!(delete(&stranger, path).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(people.are_signed_in().await, [true, true, true]);
}

#[tokio::test]
async fn a_person_ends_their_session_in_another_browser() {
    let people = People::signed_in().await;
    let other = format!("{OWN}/{}", id_of(&people.ada[1]).await);
    assert_eq!(delete(&people.ada[0], &other).await, StatusCode::NO_CONTENT);
    assert_eq!(people.are_signed_in().await, [true, true, false]);
    assert_eq!(delete(&people.ada[0], &other).await, StatusCode::NOT_FOUND);
    let entry = people.admin.audit().await[0].take();
    assert_eq!(entry["event"], "ended_own_session");
    assert_eq!(entry["actor"]["subject"], "00u1ada");
    assert_eq!(entry["detail"], "Unknown browser, 127.0.0.1");
}

#[tokio::test]
async fn nobody_ends_somebody_elses_session() {
    let people = People::signed_in().await;
    let graces = id_of(&people.admin).await;
    for id in [&*graces, "nonsense", "okta:session:x", "..%2F..", "%00"] {
        let path = format!("{OWN}/{id}");
        assert_eq!(
            delete(&people.ada[0], &path).await,
            StatusCode::NOT_FOUND,
            "{id}"
        );
    }
    assert_eq!(people.are_signed_in().await, [true, true, true]);
}

#[tokio::test]
async fn a_person_signs_out_everywhere_else() {
    let people = People::signed_in().await;
    people.app.signed_in(&people.provider, ada()).await;
    let (status, ended) = delete_with(&people.ada[1], OWN, Value::Null).await;
    assert_eq!((status, &ended["ended"]), (StatusCode::OK, &json!(2)));
    assert_eq!(people.are_signed_in().await, [true, false, true]);
}
