//! Somebody new signs in, from `/login` to the answer of the callback.

use std::time::{Duration, Instant};

use anyhow::ensure;
use bench::apps::PUBLIC;
use http::StatusCode;
use reqwest::{Client, Response};

use crate::person::{Person, location};

pub enum SignIn {
    Done(Times),
    /// The app answered with this instead of sending them on.
    Refused(StatusCode),
}

pub struct Times {
    pub start: Duration,
    pub callback: Duration,
}

impl SignIn {
    /// As it has to be where nobody may be refused.
    pub fn done(self) -> anyhow::Result<Times> {
        match self {
            Self::Done(times) => Ok(times),
            Self::Refused(status) => anyhow::bail!("a sign-in was refused: {status}"),
        }
    }
}

/// At the provider, they give this name, if any.
pub async fn sign_in(client: &Client, app: &str, name: Option<&str>) -> anyhow::Result<SignIn> {
    let mut person = Person::new(client);
    let begun = Instant::now();
    let login = person
        .get(&format!("{app}/login?return_to={PUBLIC}"))
        .await?;
    let start = begun.elapsed();
    if let Some(refused) = refused(&login) {
        return Ok(refused);
    }
    let mut provider = location(&login)?;
    if let Some(name) = name {
        provider = format!("{provider}&login_hint={name}");
    }
    let callback = location(&person.get(&provider).await?)?;
    let begun = Instant::now();
    let done = person.get(&callback).await?;
    let callback = begun.elapsed();
    if let Some(refused) = refused(&done) {
        return Ok(refused);
    }
    let leads_to = location(&done)?;
    ensure!(leads_to.ends_with(PUBLIC), "not signed in: {leads_to}");
    Ok(SignIn::Done(Times { start, callback }))
}

fn refused(answer: &Response) -> Option<SignIn> {
    let status = answer.status();
    (status != StatusCode::SEE_OTHER).then_some(SignIn::Refused(status))
}

pub fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
