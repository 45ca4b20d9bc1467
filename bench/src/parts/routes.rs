//! Routes beside the same route without any of this, in axum.

use bench::apps::{App, GUARDED, IDENTITY, PUBLIC, TWICE_LAYERED};
use serde_json::Value;

use crate::{
    rounds::{Pair, Rounds},
    site::{Database, Running, Site},
    wrk::Target,
};

pub async fn measure(rounds: &Rounds) -> anyhow::Result<Vec<Value>> {
    let site = Site::start().await?;
    let bare = site.serve(App::Bare).await?;
    let sessions = site.serve(App::Sessions).await?;
    let okta = site.connected(App::Okta, Database::Sqlite).await?;
    let around = site.connected(App::OktaAround, Database::Sqlite).await?;
    let postgres = site.connected(App::Okta, Database::Postgres).await?;
    let login_memory = site.serve(App::LoginMemory).await?;
    let login_sqlite = site.serve(App::LoginSqlite).await?;
    let oidc = site.serve(App::Oidc).await?;

    let with = |name: &str, running: &Running, path: &str, cookie: Option<&String>| Pair {
        name: name.to_owned(),
        target: target(&running.url, path, cookie),
        // With the same cookies.
        baseline: target(&bare.url, PUBLIC, cookie),
    };
    let ours =
        |name: &str, path: &str, cookie: Option<&String>| with(name, &okta.running, path, cookie);
    let mine = Some(&okta.cookie);
    let in_sessions = site.sign_in_at(&sessions).await?;
    let in_login_memory = site.sign_in_at(&login_memory).await?;
    let in_login_sqlite = site.sign_in_at(&login_sqlite).await?;
    let in_oidc = site.sign_in(&format!("{}{GUARDED}", oidc.url)).await?;
    let mut redirect = ours("this plugin: redirect to the sign-in", GUARDED, None);
    redirect.target.page = true;
    let pairs = [
        with(
            "axum alone, in two layers that do nothing",
            &bare,
            TWICE_LAYERED,
            mine,
        ),
        with(
            "tower-sessions alone",
            &sessions,
            PUBLIC,
            Some(&in_sessions),
        ),
        ours("this plugin: public, without a cookie", PUBLIC, None),
        ours("this plugin: public, with a cookie", PUBLIC, mine),
        ours("this plugin: guarded", GUARDED, mine),
        ours("this plugin: guarded, with `Identity`", IDENTITY, mine),
        ours(
            "this plugin: guarded, with `Identity` of 10,000 groups",
            IDENTITY,
            Some(&okta.cookie_of_many_groups),
        ),
        with(
            "this plugin, around the router: guarded",
            &around.running,
            GUARDED,
            Some(&around.cookie),
        ),
        with(
            "this plugin: guarded, on PostgreSQL",
            &postgres.running,
            GUARDED,
            Some(&postgres.cookie),
        ),
        redirect,
        with(
            "axum-login, in memory: guarded",
            &login_memory,
            GUARDED,
            Some(&in_login_memory),
        ),
        with(
            "axum-login, on SQLite: guarded",
            &login_sqlite,
            GUARDED,
            Some(&in_login_sqlite),
        ),
        with(
            "axum-oidc, in memory: guarded",
            &oidc,
            GUARDED,
            Some(&in_oidc),
        ),
    ];
    check(&site, &pairs).await?;
    let mut rows = rounds.measure(&pairs).await?;
    let memory = [
        (0, &bare),
        (1, &sessions),
        (4, &okta.running),
        (8, &postgres.running),
        (10, &login_memory),
        (11, &login_sqlite),
        (12, &oidc),
    ];
    for (row, running) in memory {
        rows[row]["MiB"] = running.mebibytes()?.round().into();
    }
    Ok(rows)
}

fn target(origin: &str, path: &str, cookie: Option<&String>) -> Target {
    Target {
        url: format!("{origin}{path}"),
        cookie: cookie.cloned(),
        page: false,
    }
}

/// Each answers as it has to before it is measured, and nobody gets in without a cookie.
pub async fn check(site: &Site, pairs: &[Pair]) -> anyhow::Result<()> {
    for pair in pairs {
        for target in [&pair.baseline, &pair.target] {
            let mut request = site.client.get(&target.url);
            if target.page {
                request = request.header("accept", "text/html");
            }
            let unsigned = request.try_clone().map(reqwest::RequestBuilder::send);
            if let Some(cookie) = &target.cookie {
                request = request.header("cookie", cookie);
            }
            let status = request.send().await?.status();
            let expected = if target.page { 303 } else { 200 };
            anyhow::ensure!(
                status == expected,
                "{}: {} answered {status}",
                pair.name,
                target.url
            );
            let is_guarded = [GUARDED, IDENTITY]
                .iter()
                .any(|path| target.url.ends_with(path));
            if let (true, Some(unsigned)) = (is_guarded, unsigned) {
                let status = unsigned.await?.status();
                anyhow::ensure!(!status.is_success(), "{} is open to everybody", target.url);
            }
        }
    }
    Ok(())
}
