//! Three servers behind a real nginx, as an operator runs them.

use axum_okta::roles::RoleTable;
use http::{Method, StatusCode, header};

use super::{HEARD, eventually, on, until};
use crate::harness::{
    App, Browser, Log, Nginx, Provider, SECRET_OF_THE_PAGE, SERVER, SETUP_CODE, callback_of, form,
    free_port, postgres, session_id, table, url_at,
};

/// As nginx is asked for them.
const SERVERS: [&str; 3] = ["1", "2", "3"];

async fn at(browser: &Browser, server: &str, method: Method, path: &str) -> reqwest::Response {
    let request = browser.request(method, path).header(SERVER, server);
    let request = request.header(header::ACCEPT, "text/html");
    request.send().await.unwrap()
}

/// Servers that hear one another, nginx, and a browser of the admin who has connected them.
struct Site {
    servers: [App; 3],
    browser: Browser,
    _nginx: Nginx,
    _provider: Provider,
}

impl Site {
    async fn start() -> Self {
        let log = Log::default();
        let _listening = log.listen("axum_okta=info");
        let database = postgres::database().await;
        let port = free_port().await;
        let url = url_at(port);
        let start = async || {
            let on = on(&database);
            App::start_with(|builder| on(builder).base_url(&url)).await
        };
        let servers = [start().await, start().await, start().await];
        log.until_so_often(HEARD, 3).await;
        let nginx = Nginx::start(port, &servers.each_ref().map(|app| app.url.as_str())).await;
        let provider = Provider::start(&callback_of(&nginx.url)).await;

        // nginx chooses the server for each step.
        let browser = Browser::new(&nginx.url);
        browser.enter_setup_code(SETUP_CODE).await;
        assert_eq!(
            browser.connect(&form(&provider)).await.status(),
            StatusCode::OK
        );
        for server in SERVERS {
            let leads_on = async || {
                let login = at(&browser, server, Method::GET, "/login").await;
                login.status() == StatusCode::SEE_OTHER
            };
            eventually("every server knows the connection", leads_on).await;
        }
        Self {
            servers,
            browser,
            _nginx: nginx,
            _provider: provider,
        }
    }
}

#[tokio::test]
async fn somebody_signs_in_on_one_reads_a_page_on_another_and_signs_out_on_the_third() {
    let Site {
        servers, browser, ..
    } = &Site::start().await;
    let callback = browser.to_provider_and_back("/").await;
    let session = session_id(&at(browser, "1", Method::GET, &callback).await);
    for server in SERVERS {
        let page = at(browser, server, Method::GET, "/protected").await;
        assert_eq!(page.status(), StatusCode::OK);
        assert_eq!(page.text().await.unwrap(), SECRET_OF_THE_PAGE);
    }
    for app in servers {
        // Whoever has a copy of the cookie is somebody, until it is worthless.
        until(app, "/api/identity", &session, StatusCode::OK).await;
    }
    let out = at(browser, "3", Method::POST, "/logout").await;
    assert_eq!(out.status(), StatusCode::OK, "a page that leads on to Okta");
    for app in servers {
        until(app, "/api/identity", &session, StatusCode::UNAUTHORIZED).await;
    }
    for server in SERVERS {
        let page = at(browser, server, Method::GET, "/protected").await;
        assert_eq!(page.status(), StatusCode::SEE_OTHER, "to the sign-in");
    }
}

#[tokio::test]
async fn a_role_removed_on_one_is_refused_by_all() {
    let Site { browser, .. } = &Site::start().await;
    let callback = browser.to_provider_and_back("/").await;
    at(browser, "1", Method::GET, &callback).await;
    let editors_page_answers = async |expected: StatusCode| {
        for server in SERVERS {
            let answers =
                async || at(browser, server, Method::GET, "/editors").await.status() == expected;
            let what = format!("/editors at server {server} answers {expected}");
            eventually(&what, answers).await;
        }
    };
    let set_roles_at = async |server: &str, roles: &RoleTable| {
        let change = browser.request(Method::PUT, "/api/okta/roles");
        let change = change.header(SERVER, server).json(roles);
        let changed = change.send().await.unwrap();
        assert_eq!(changed.status(), StatusCode::NO_CONTENT);
    };
    set_roles_at("2", &table(&[("Engineering", "editor")])).await;
    editors_page_answers(StatusCode::OK).await;
    set_roles_at("3", &table(&[])).await;
    editors_page_answers(StatusCode::FORBIDDEN).await;
}
