//! What is measured in process: each app, its route, and who asks.

use bench::apps::{App, GUARDED, IDENTITY, LAYERED, PUBLIC, TWICE_LAYERED};

use crate::site::{Database, Site};

pub struct Subject {
    pub name: &'static str,
    /// What `drive` and `allocations` are told.
    pub arguments: Vec<String>,
    /// It is compared to axum alone with a cookie, or without one.
    pub has_cookie: bool,
}

/// What axum alone costs, which everything else is compared to.
#[derive(Default)]
pub struct Bare {
    with_cookie: Option<f64>,
    without: Option<f64>,
}

impl Bare {
    /// What a subject costs more than axum alone. The first of each kind is axum alone.
    pub fn above(&mut self, subject: &Subject, cost: f64) -> f64 {
        let bare = match subject.has_cookie {
            true => &mut self.with_cookie,
            false => &mut self.without,
        };
        cost - *bare.get_or_insert(cost)
    }
}

/// The first two are bare. The plugin's database stays as long as the site.
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
        Subject {
            name,
            arguments,
            has_cookie: cookie.is_some(),
        }
    };
    let bare = |name, path: &str, cookie| subject(name, App::Bare, path, "", cookie);
    let ours = |name, path: &str, cookie| subject(name, App::Okta, path, &database, cookie);
    let around = |name, path: &str, cookie| subject(name, App::OktaAround, path, &database, cookie);
    // They sign in by themselves.
    let peer = |name, app, path: &str| Subject {
        has_cookie: true,
        ..subject(name, app, path, &peers, None)
    };
    let mine = Some(&okta.cookie);
    let many = Some(&okta.cookie_of_many_groups);
    Ok(vec![
        bare("axum alone", PUBLIC, mine),
        bare("axum alone, without a cookie", PUBLIC, None),
        bare("axum alone, in a layer that does nothing", LAYERED, mine),
        bare("axum alone, in two such layers", TWICE_LAYERED, mine),
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
        around(
            "this plugin, around the router: public, without a cookie",
            PUBLIC,
            None,
        ),
        around("this plugin, around the router: guarded", GUARDED, mine),
        peer("axum-login, in memory: guarded", App::LoginMemory, GUARDED),
        peer("axum-login, on SQLite: guarded", App::LoginSqlite, GUARDED),
    ])
}
