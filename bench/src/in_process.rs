//! Requests that reach an app without a network: what the app itself costs, and nothing else.

use axum::body::Body;
use clap::Parser;
use http::{HeaderValue, Request, StatusCode, header};

use crate::apps::{Answering, App, Place, SIGN_IN};

/// How `drive` and `allocations` are called.
#[derive(Parser)]
pub struct Drive {
    app: App,
    path: String,
    /// How many requests, after the first.
    #[arg(long, default_value_t = 1000)]
    requests: u64,
    /// Without one, the app's own route signs in, if it has any.
    #[arg(long)]
    cookie: Option<String>,
    #[command(flatten)]
    place: Place,
}

impl Drive {
    pub async fn ready(&self) -> anyhow::Result<Driver> {
        let app = self.app.answering(&self.place).await?;
        let cookie = match &self.cookie {
            Some(cookie) => Some(cookie.clone()),
            None => signed_in(&app).await,
        };
        let driver = Driver {
            app,
            path: self.path.clone(),
            cookie: cookie.as_deref().map(HeaderValue::try_from).transpose()?,
        };
        // The first one fills what is filled once.
        let first = driver.request().await;
        anyhow::ensure!(first == StatusCode::OK, "the first request got {first}");
        Ok(driver)
    }

    pub fn requests(&self) -> u64 {
        self.requests
    }
}

/// What the app's own sign-in sets.
async fn signed_in(app: &Answering) -> Option<String> {
    let request = Request::get(SIGN_IN).body(Body::empty()).ok()?;
    let response = app.answer(request).await;
    let cookie = response.headers().get(header::SET_COOKIE)?.to_str().ok()?;
    Some(cookie.split(';').next()?.to_owned())
}

pub struct Driver {
    app: Answering,
    path: String,
    cookie: Option<HeaderValue>,
}

impl Driver {
    pub fn new(app: Answering, path: &str, cookie: Option<HeaderValue>) -> Self {
        Self {
            app,
            path: path.to_owned(),
            cookie,
        }
    }

    pub async fn request(&self) -> StatusCode {
        let mut request = Request::new(Body::empty());
        if let Ok(path) = self.path.parse() {
            *request.uri_mut() = path;
        }
        if let Some(cookie) = &self.cookie {
            request.headers_mut().insert(header::COOKIE, cookie.clone());
        }
        self.app.answer(request).await.status()
    }
}
