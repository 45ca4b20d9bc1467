//! The console's forms and addresses, as a browser without JavaScript uses them.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod support;

use reqwest::{Client, Response, StatusCode, redirect::Policy};
use tempfile::TempDir;

use crate::support::{Server, start};

/// A browser that may change the settings, and follows no redirect. It sends no `Referer`.
struct Admin {
    client: Client,
    server: Server,
    _folder: TempDir,
}

impl Admin {
    async fn arrive() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = start(folder.path(), &[]).await;
        let client = Client::builder()
            .cookie_store(true)
            .redirect(Policy::none())
            .build()
            .unwrap();
        let admin = Self {
            client,
            server,
            _folder: folder,
        };
        let body = format!("page=/settings/okta&setup={}", admin.server.setup_code);
        let entered = admin.send("enter_setup_code", &body).await;
        assert_eq!(entered, "/settings/okta");
        admin
    }

    /// Sends a form and gives the address that it leads to.
    async fn send(&self, function: &str, body: &str) -> String {
        let answer = self
            .client
            .post(format!("{}/api/okta/{function}", self.server.url))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "text/html")
            .body(body.to_owned())
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{function} {body}");
        answer.headers()["location"].to_str().unwrap().to_owned()
    }

    async fn get(&self, path: &str) -> Response {
        let address = format!("{}{path}", self.server.url);
        self.client.get(address).send().await.unwrap()
    }

    async fn html(&self, path: &str) -> String {
        self.get(path).await.text().await.unwrap()
    }

    /// The alert of the page, if it has one.
    async fn alert(&self, path: &str) -> Option<String> {
        let html = self.html(path).await;
        let (_, alert) = html.split_once("role=\"alert\"")?;
        let (_, text) = alert.split_once('>')?;
        Some(text.split("</p>").next().unwrap().to_owned())
    }
}

#[tokio::test]
async fn each_section_has_an_address_and_says_where_it_is() {
    let admin = Admin::arrive().await;
    for (path, title) in [
        ("/settings/okta", "Overview"),
        ("/settings/okta/connection", "Connection"),
        ("/settings/okta/roles", "Roles"),
        ("/settings/okta/provisioning", "Provisioning"),
        ("/settings/okta/activity", "Activity"),
        ("/settings/okta/api", "API"),
        ("/settings/okta?section=roles", "Roles"),
    ] {
        let page = admin.get(path).await;
        assert_eq!(page.status(), StatusCode::OK, "{path}");
        let html = page.text().await.unwrap();
        assert!(html.contains(&format!("<h1>{title}</h1>")), "{path}");
        let navigation = html.split("aria-label=\"Okta settings\"").nth(1).unwrap();
        let navigation = navigation.split("</nav>").next().unwrap();
        let current = navigation.split("aria-current=\"page\"").nth(1).unwrap();
        assert!(
            current.split("</a>").next().unwrap().contains(title),
            "{path}"
        );
        assert!(
            navigation.contains("href=\"/settings/okta/roles\""),
            "{path}"
        );
    }
    let page = admin.get("/settings/okta/no-such-section").await;
    assert_eq!(page.status(), StatusCode::NOT_FOUND);
    assert!(page.text().await.unwrap().contains("Page not found"));
}

#[tokio::test]
async fn a_form_comes_back_to_the_page_it_names_and_never_leaves_the_app() {
    let admin = Admin::arrive().await;
    for (page, back) in [
        (
            "/settings/okta/connection",
            "/settings/okta/connection?refused=not_connected",
        ),
        (
            "/admin?section=roles",
            "/admin?section=roles&refused=not_connected",
        ),
        ("/admin%23fragment", "/admin?refused=not_connected"),
    ] {
        let location = admin.send("check_again", &format!("page={page}")).await;
        assert_eq!(location, back);
    }
    for page in [
        "",
        "settings/okta",
        "https://evil.example/",
        "//evil.example",
        "/%5Cevil.example",
        "/%09/evil.example",
        "/.//evil.example",
        "javascript:alert(1)",
        "/%0d%0aset-cookie:a=b",
        "%ff",
    ] {
        let location = admin.send("check_again", &format!("page={page}")).await;
        assert_eq!(location, "/settings/okta?refused=not_connected", "{page}");
        let location = admin.send("connect", &format!("typed=x&page={page}")).await;
        assert_eq!(location, "/settings/okta?refused=malformed_form", "{page}");
    }
    let location = admin.send("check_again", "").await;
    assert_eq!(location, "/settings/okta?refused=not_connected");
}

#[tokio::test]
async fn a_form_that_does_not_parse_says_so_and_keeps_what_was_typed() {
    let admin = Admin::arrive().await;
    let page = "page=/settings/okta/connection";
    for body in [
        "typed=x",
        "typed[client_id][deeper]=x",
        "typed[client_id]=a&typed[client_id]=b",
        "typed[groups_from]=nonsense",
        "typed[missing_groups]=nonsense",
        "typed[client_authentication]=nonsense",
    ] {
        let location = admin.send("connect", &format!("{page}&{body}")).await;
        assert_eq!(
            location, "/settings/okta/connection?refused=malformed_form",
            "{body}"
        );
        let alert = admin.alert(&location).await.unwrap();
        assert!(alert.contains("some fields could not be read"), "{alert}");
    }
    let typed = "typed[client_id]=0oa1typed&typed[issuer]=dev-1.okta.com&typed[groups_from]=x&typed[client_secret]=hunter2";
    let location = admin.send("connect", &format!("{page}&{typed}")).await;
    let html = admin.html(&location).await;
    assert!(html.contains("0oa1typed") && html.contains("dev-1.okta.com"));
    assert!(!html.contains("hunter2"));

    // What is missing is empty, and the check of it says so.
    let location = admin.send("connect", page).await;
    assert_eq!(location, "/settings/okta/connection#okta-checks");
    let html = admin.html("/settings/okta/connection").await;
    assert!(html.contains("data-check=\"issuer\" data-status=\"failed\""));

    for (function, body) in [
        ("save_roles", "rows=x"),
        ("save_roles", "action=explode"),
        ("remove_admin", "issuer[a]=x"),
        ("enter_setup_code", "setup[]=x&setup[]=y"),
    ] {
        let body = format!("page=/settings/okta/roles&{body}");
        let location = admin.send(function, &body).await;
        assert_eq!(
            location, "/settings/okta/roles?refused=malformed_form",
            "{function}"
        );
        assert!(admin.alert(&location).await.is_some(), "{function}");
    }
}

#[tokio::test]
async fn the_stylesheet_of_the_plugin_is_served() {
    let admin = Admin::arrive().await;
    let style = admin.get("/okta.css").await;
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
    assert!(style.text().await.unwrap().contains(".okta-settings"));
}

#[tokio::test]
async fn what_is_in_an_address_cannot_write_on_the_page() {
    let admin = Admin::arrive().await;
    let nasty = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    for query in [
        format!("person={nasty}"),
        format!("older={nasty}"),
        format!("event={nasty}"),
        format!("done={nasty}"),
        format!("refused={nasty}"),
    ] {
        let html = admin
            .html(&format!("/settings/okta/activity?{query}"))
            .await;
        assert!(!html.contains("<script>alert(1)"), "{query}");
        assert!(html.contains("Activity log"), "{query}");
    }
    assert_eq!(
        admin.alert("/settings/okta?refused=Call+this+number").await,
        None
    );
}

#[tokio::test]
async fn roles_and_attributes_that_okta_pushes_are_set_by_a_form() {
    let admin = Admin::arrive().await;
    let connection = format!("{}/api/okta/connections/okta?check=false", admin.server.url);
    let form = r#"{"client_id":"0oa1","client_secret":"s","issuer":"https://dev-1.okta.com"}"#;
    let connected = admin
        .client
        .put(connection)
        .header("content-type", "application/json")
        .body(form)
        .send()
        .await
        .unwrap();
    assert_eq!(connected.status(), StatusCode::OK);

    const PAGE: &str = "/settings/okta/provisioning";
    let save = async |fields: &str| {
        admin
            .send("save_provisioning", &format!("page={PAGE}&{fields}"))
            .await
    };
    let row = |attribute: &str, claim: &str| {
        format!("rows[0][attribute]={attribute}&rows[0][claim]={claim}")
    };
    let title = row("title", "job");
    let saved = save(&format!("{title}&roles=on&action=save")).await;
    assert_eq!(saved, format!("{PAGE}?done=provisioning#okta-scim-options"));
    let html = admin.html(PAGE).await;
    assert!(html.contains("value=\"job\"") && !html.contains("Unsaved changes"));
    // The form of the connection leaves them alone.
    let html = admin.html("/settings/okta/connection").await;
    assert!(!html.contains("typed[provisioned_roles]"));
    assert!(!html.contains("typed[provisioned_claims]"));

    let added = save(&format!("{title}&action=add")).await;
    assert_eq!(added, format!("{PAGE}#okta-claim-2-attribute"));
    let html = admin.html(PAGE).await;
    assert!(html.contains("id=\"okta-claim-2-attribute\"") && html.contains("Unsaved changes"));
    let removed = save(&format!("{title}&action=remove-0")).await;
    assert_eq!(removed, format!("{PAGE}#okta-scim-options"));
    assert!(!admin.html(PAGE).await.contains("okta-claim-1-attribute"));
    let refused = save(&format!("{}&action=save", row("userType", "sub"))).await;
    assert_eq!(refused, format!("{PAGE}?refused=malformed_claims"));
    let html = admin.html(&refused).await;
    assert!(html.contains("is about the sign-in itself") && html.contains("value=\"userType\""));
    assert!(html.contains("aria-invalid=\"true\""));
    save("action=discard").await;
    let html = admin.html(PAGE).await;
    assert!(html.contains("value=\"job\"") && !html.contains("Unsaved changes"));

    let register = async |keys: &str| {
        let body = format!("page={PAGE}&action=register&keys={keys}");
        admin.send("change_scim_client", &body).await
    };
    let private = register("%7B%22kty%22:%22EC%22,%22d%22:%22hunter2%22%7D").await;
    assert_eq!(private, format!("{PAGE}?refused=private_keys"));
    let alert = admin.alert(&private).await.unwrap();
    assert!(alert.contains("Create a new key"), "{alert}");
    assert!(!admin.html(PAGE).await.contains("hunter2"));
    let key = "%7B%22kty%22:%22EC%22,%22crv%22:%22P-256%22,%22kid%22:%22key-1%22,\
               %22x%22:%22MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4%22,\
               %22y%22:%224Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM%22%7D";
    let registered = register(key).await;
    assert_eq!(
        registered,
        format!("{PAGE}?done=scim_client#okta-scim-clients")
    );
    let html = admin.html(PAGE).await;
    assert!(html.contains("key-1") && html.contains("/scim/oauth/token"));
}
