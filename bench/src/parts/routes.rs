//! Routes beside the same route without any of this, in axum.

use bench::apps::{App, GUARDED, IDENTITY, PUBLIC, REDIRECT, TWICE_LAYERED};
use serde_json::json;

use crate::{
    rounds::{Pair, Rounds, rounded},
    site::{Database, Running, Site},
    table::{Table, Tables},
    wrk::Target,
};

pub async fn measure(rounds: &Rounds) -> anyhow::Result<Tables> {
    let site = Site::start().await?;
    let bare = site.serve(App::Bare).await?;
    let sessions = site.serve(App::Sessions).await?;
    let okta = site.connected(App::Okta, Database::Sqlite).await?;
    let around = site.connected(App::OktaAround, Database::Sqlite).await?;
    let postgres = site.connected(App::Okta, Database::Postgres).await?;
    let login_memory = site.serve(App::LoginMemory).await?;
    let login_sqlite = site.serve(App::LoginSqlite).await?;
    let oidc = site.serve(App::Oidc).await?;

    let beside_bare = |name: &str, running: &Running, path: &str, cookie: Option<&String>| Pair {
        name: name.to_owned(),
        target: target(running, path, cookie),
        // With the same cookies.
        baseline: target(&bare, PUBLIC, cookie),
    };
    let ours = |name: &str, path: &str, cookie: Option<&String>| {
        beside_bare(name, &okta.running, path, cookie)
    };
    let mine = Some(&okta.cookie);
    let many = Some(&okta.cookie_of_many_groups);
    let guarded = |name: &str, running: &Running, cookie: &String| {
        beside_bare(name, running, GUARDED, Some(cookie))
    };
    let in_sessions = site.sign_in_at(&sessions).await?;
    let in_login_memory = site.sign_in_at(&login_memory).await?;
    let in_login_sqlite = site.sign_in_at(&login_sqlite).await?;
    let in_oidc = site.sign_in(&format!("{}{GUARDED}", oidc.url)).await?;
    let layers = "axum alone, in two layers that do nothing";
    let pairs = [
        beside_bare(layers, &bare, TWICE_LAYERED, mine),
        beside_bare(
            "tower-sessions alone",
            &sessions,
            PUBLIC,
            Some(&in_sessions),
        ),
        ours("this plugin: public, without a cookie", PUBLIC, None),
        ours("this plugin: public, with a cookie", PUBLIC, mine),
        ours("this plugin: guarded", GUARDED, mine),
        ours("this plugin: guarded, with `Identity`", IDENTITY, mine),
        ours("this plugin: the same of 10,000 groups", IDENTITY, many),
        guarded(
            "this plugin: guarded, around the router",
            &around.running,
            &around.cookie,
        ),
        guarded(
            "this plugin: guarded, on PostgreSQL",
            &postgres.running,
            &postgres.cookie,
        ),
        redirects(&bare, &okta.running),
        guarded("axum-login, in memory", &login_memory, &in_login_memory),
        guarded("axum-login, on SQLite", &login_sqlite, &in_login_sqlite),
        guarded("axum-oidc, in memory", &oidc, &in_oidc),
    ];
    check(&site, &pairs).await?;
    let table = rounds.measure(&pairs).await?;
    let mut memory = Table::new(&["After that load", "MiB"]);
    for (name, running) in [
        ("axum alone", &bare),
        ("tower-sessions alone", &sessions),
        ("this plugin, on SQLite", &okta.running),
        ("this plugin, on PostgreSQL", &postgres.running),
        ("axum-login, in memory", &login_memory),
        ("axum-login, on SQLite", &login_sqlite),
        ("axum-oidc, in memory", &oidc),
    ] {
        memory.row([json!(name), rounded(running.mebibytes()?, 0)]);
    }
    let mut tables = table.named("routes");
    tables.extend(memory.named("memory"));
    Ok(tables)
}

fn target(running: &Running, path: &str, cookie: Option<&String>) -> Target {
    Target {
        url: format!("{}{path}", running.url),
        process: running.process().ok(),
        cookie: cookie.cloned(),
        page: false,
    }
}

/// Somebody who isn't signed in, beside a route that sends everybody there.
fn redirects(bare: &Running, okta: &Running) -> Pair {
    let page = |running: &Running, path| Target {
        page: true,
        ..target(running, path, None)
    };
    Pair {
        name: "this plugin: redirect to the sign-in".to_owned(),
        target: page(okta, GUARDED),
        baseline: page(bare, REDIRECT),
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
