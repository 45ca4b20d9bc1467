//! A person's browser: keeps cookies, follows nothing.

use std::time::Duration;

use http::{HeaderName, StatusCode, header};
use reqwest::{Client, ClientBuilder, Response, redirect::Policy};

pub struct Person {
    client: Client,
    url: String,
}

impl Person {
    pub fn at(url: &str) -> Self {
        Self::with(url, |client| client)
    }

    pub fn with(url: &str, change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        let client = Client::builder()
            .cookie_store(true)
            .redirect(Policy::none())
            .timeout(Duration::from_secs(60));
        Self {
            client: change(client).build().unwrap(),
            url: url.to_owned(),
        }
    }

    /// A path of the app, or a whole address.
    pub async fn get(&self, path: &str) -> Response {
        let address = match path.starts_with('/') {
            true => format!("{}{path}", self.url),
            false => path.to_owned(),
        };
        let request = self.client.get(address).header(header::ACCEPT, "text/html");
        request.send().await.unwrap()
    }

    /// Sends a form of a page.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let request = self.client.post(format!("{}{path}", self.url));
        let request = request.header(header::ACCEPT, "text/html").form(fields);
        request.send().await.unwrap()
    }

    /// What a page loads, with a header of the browser's own.
    pub async fn load(&self, path: &str, name: HeaderName, value: &str) -> Response {
        let request = self.client.get(format!("{}{path}", self.url));
        request.header(name, value).send().await.unwrap()
    }

    /// Starts a sign-in and goes to the provider; gives the way back.
    pub async fn to_provider(&self) -> String {
        let login = self.get("/login?return_to=/protected").await;
        location(&self.get(&location(&login)).await)
    }

    pub async fn sign_in(&self) -> Response {
        let callback = self.to_provider().await;
        let done = self.get(&callback).await;
        assert_eq!(done.status(), StatusCode::SEE_OTHER);
        assert_eq!(location(&done), "/protected");
        done
    }

    pub async fn is_signed_in(&self) -> bool {
        self.get("/api/protected").await.status() == StatusCode::OK
    }
}

pub fn location(response: &Response) -> String {
    let location = response.headers().get(header::LOCATION);
    let location = location.unwrap_or_else(|| panic!("{}", response.status()));
    location.to_str().unwrap().to_owned()
}
