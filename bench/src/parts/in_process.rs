//! What is measured in process: each app, its route, and who asks.

use bench::apps::{App, GUARDED, IDENTITY, LAYERED, PUBLIC, TWICE_LAYERED};

use crate::site::{Database, Site};

pub struct Subject {
    pub name: &'static str,
    /// What `drive` and `allocations` are told.
    pub arguments: Vec<String>,
}

/// The first is bare. The plugin's database stays as long as the site.
pub async fn subjects(site: &Site) -> anyhow::Result<Vec<Subject>> {
    let okta = site.connected(App::Okta, Database::Sqlite).await?;
    let (url, database) = (okta.running.url.clone(), okta.running.database.clone());
    okta.running.stop().await?;
    let peers = format!("sqlite:{}", site.folder.path().join("peers.db").display());

    let subject = |name, app: App, path: &str, database: &str, cookie: Option<&String>| {
        let mut arguments = vec![app.name(), path.to_owned()];
        arguments.extend(["--url".to_owned(), url.clone()]);
        arguments.extend(["--database".to_owned(), database.to_owned()]);
        arguments.extend(cookie.map(|cookie| format!("--cookie={cookie}")));
        Subject { name, arguments }
    };
    let ours = |name, path: &str, cookie| subject(name, App::Okta, path, &database, cookie);
    let mine = Some(&okta.cookie);
    let many = Some(&okta.cookie_of_many_groups);
    let peer = |name, app, path: &str| subject(name, app, path, &peers, None);
    Ok(vec![
        subject("axum alone", App::Bare, PUBLIC, "", mine),
        subject(
            "axum alone, in a layer that does nothing",
            App::Bare,
            LAYERED,
            "",
            mine,
        ),
        subject(
            "axum alone, in two such layers",
            App::Bare,
            TWICE_LAYERED,
            "",
            mine,
        ),
        peer("tower-sessions alone", App::Sessions, PUBLIC),
        ours("this plugin: public, without a cookie", PUBLIC, None),
        ours("this plugin: public, with a cookie", PUBLIC, mine),
        ours("this plugin: guarded", GUARDED, mine),
        ours("this plugin: guarded, with `Identity`", IDENTITY, mine),
        ours(
            "this plugin: guarded, with `Identity` of 10,000 groups",
            IDENTITY,
            many,
        ),
        subject(
            "this plugin, around the router: public, without a cookie",
            App::OktaAround,
            PUBLIC,
            &database,
            None,
        ),
        subject(
            "this plugin, around the router: guarded",
            App::OktaAround,
            GUARDED,
            &database,
            mine,
        ),
        peer("axum-login, in memory: guarded", App::LoginMemory, GUARDED),
        peer("axum-login, on SQLite: guarded", App::LoginSqlite, GUARDED),
    ])
}
