//! Somebody's browser: follows where it is sent, and keeps cookies for each origin.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, bail, ensure};
use http::{StatusCode, header};
use reqwest::{Client, Response};
use url::Url;

/// To the app, its sign-in, the provider, the callback, and back, with some to spare.
const REDIRECTS: usize = 8;

/// Shared by all: it keeps no cookies itself.
pub fn client() -> anyhow::Result<Client> {
    let never = reqwest::redirect::Policy::none();
    Ok(Client::builder().redirect(never).build()?)
}

pub struct Person {
    client: Client,
    cookies: HashMap<String, BTreeMap<String, String>>,
}

impl Person {
    pub fn new(client: &Client) -> Self {
        Self {
            client: client.clone(),
            cookies: HashMap::new(),
        }
    }

    pub async fn get(&mut self, url: &str) -> anyhow::Result<Response> {
        let origin = origin(url)?;
        let mut request = self.client.get(url).header(header::ACCEPT, "text/html");
        if let Some(cookies) = self.cookie(url)? {
            request = request.header(header::COOKIE, cookies);
        }
        let response = request.send().await?;
        let kept = self.cookies.entry(origin).or_default();
        for cookie in response.cookies() {
            if cookie.value().is_empty() {
                kept.remove(cookie.name());
            } else {
                kept.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
        Ok(response)
    }

    /// Until it is sent nowhere else.
    pub async fn follow(&mut self, start: &str) -> anyhow::Result<()> {
        let mut url = start.to_owned();
        for _ in 0..REDIRECTS {
            let response = self.get(&url).await?;
            if response.status().is_redirection() {
                url = location(&response)?;
                continue;
            }
            let status = response.status();
            let page = response.text().await?;
            ensure!(status == StatusCode::OK, "{url} answered {status}: {page}");
            return Ok(());
        }
        bail!("{start} leads nowhere")
    }

    /// What is sent to the origin of this address.
    pub fn cookie(&self, url: &str) -> anyhow::Result<Option<String>> {
        let kept = self.cookies.get(&origin(url)?);
        let pairs = kept.into_iter().flatten();
        let pairs: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        Ok((!pairs.is_empty()).then(|| pairs.join("; ")))
    }
}

pub fn location(response: &Response) -> anyhow::Result<String> {
    let location = response.headers().get(header::LOCATION);
    let location = location.context("a redirect to nowhere")?.to_str()?;
    Ok(response.url().join(location)?.into())
}

fn origin(url: &str) -> anyhow::Result<String> {
    Ok(Url::parse(url)?.origin().ascii_serialization())
}
