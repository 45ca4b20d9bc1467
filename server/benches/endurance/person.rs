//! One person's browser. Whatever is answered is counted.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use http::{Method, StatusCode, header};
use reqwest::{Client, Response, redirect::Policy};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use crate::{
    nginx::SERVER,
    tally::{Outcome, Tally},
};

const COOKIE: &str = "okta_session";
/// Longer than the servers may take for anything.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Person {
    number: usize,
    client: Client,
    url: String,
    tally: Arc<Tally>,
    /// The session's id, while they are signed in as far as they know.
    pub session: Option<String>,
}

impl Person {
    pub fn new(number: usize, url: &str, tally: &Arc<Tally>) -> Self {
        Self {
            number,
            client: client(number),
            url: url.to_owned(),
            tally: tally.clone(),
            session: None,
        }
    }

    /// The whole way. Somebody who doesn't arrive starts again later.
    pub async fn sign_in(&mut self) {
        if let Some(callback) = self.to_provider(None).await {
            self.come_back(&callback, None).await;
        }
    }

    /// To the sign-in and on to the provider; gives the way back. `server` is one of them, or
    /// nginx' choice.
    pub async fn to_provider(&self, server: Option<usize>) -> Option<String> {
        let begun = Instant::now();
        let login = self
            .ask(Method::GET, "/login?return_to=/protected", server)
            .await;
        let login = self.expect("login", begun, login)?;
        let mut authorize = Url::parse(&location(&login)?).ok()?;
        authorize
            .query_pairs_mut()
            .append_pair("login_hint", &name(self.number));
        let back = self.client.get(authorize).send().await.ok()?;
        location(&back)
    }

    /// The callback, which starts the session.
    pub async fn come_back(&mut self, callback: &str, server: Option<usize>) {
        let begun = Instant::now();
        let path = callback.strip_prefix(&self.url).unwrap();
        let answer = self.ask(Method::GET, path, server).await;
        let Some(answer) = self.expect("callback", begun, answer) else {
            return;
        };
        let mut cookies = answer.cookies();
        let cookie = cookies.find(|cookie| cookie.name() == COOKIE);
        self.session = cookie.map(|cookie| cookie.value().to_owned());
        self.tally.signed_in();
    }

    /// Asks for what only they may see.
    pub async fn read_guarded(&mut self) {
        let begun = Instant::now();
        let outcome = match self.ask(Method::GET, "/api/protected", None).await {
            Ok(answer) => guarded(answer, &name(self.number)).await,
            Err(error) => Outcome::Error(error.to_string()),
        };
        if matches!(outcome, Outcome::Lost) {
            self.session = None;
        }
        self.tally.count("guarded", begun, outcome);
    }

    /// Ends the session. If that is answered, it has ended everywhere after a while.
    pub async fn sign_out(&mut self) {
        let begun = Instant::now();
        let answer = self.ask(Method::POST, "/logout", None).await;
        let session = self.session.take();
        let answer = self.expect("logout", begun, answer);
        if let (Some(_), Some(session)) = (answer, session) {
            self.tally.ended(session);
        }
        self.client = client(self.number);
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        server: Option<usize>,
    ) -> Result<Response, reqwest::Error> {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        if let Some(server) = server {
            request = request.header(SERVER, server);
        }
        request.send().await
    }

    /// What leads on.
    fn expect(
        &self,
        what: &'static str,
        begun: Instant,
        answer: Result<Response, reqwest::Error>,
    ) -> Option<Response> {
        let (outcome, answer) = match answer {
            Ok(answer) if answer.status() == StatusCode::SEE_OTHER => {
                (Outcome::Right, Some(answer))
            }
            Ok(answer) => (Outcome::Error(answer.status().to_string()), None),
            Err(error) => (Outcome::Error(error.to_string()), None),
        };
        self.tally.count(what, begun, outcome);
        answer
    }
}

/// What an answer means that only this person may see, while they are signed in.
async fn guarded(answer: Response, name: &str) -> Outcome {
    match answer.status() {
        StatusCode::OK => match answer.json::<Value>().await {
            Ok(greeting) if greeting["hello"] == name => Outcome::Right,
            Ok(greeting) => Outcome::Wrong(format!("{name} was greeted as {}", greeting["hello"])),
            Err(error) => Outcome::Error(error.to_string()),
        },
        StatusCode::UNAUTHORIZED | StatusCode::SEE_OTHER | StatusCode::FORBIDDEN => Outcome::Lost,
        status => Outcome::Error(status.to_string()),
    }
}

/// Asks a server with a copy of a session that has ended. Nothing where there is no server.
pub async fn try_ended(client: &Client, server: &str, session: &str) -> Option<Outcome> {
    let request = client.get(format!("{server}/api/protected"));
    let request = request.header(header::COOKIE, format!("{COOKIE}={session}"));
    let answer = request.send().await.ok()?;
    Some(match answer.status() {
        StatusCode::OK => Outcome::Wrong(format!("an ended session was good at {server}")),
        StatusCode::UNAUTHORIZED => Outcome::Right,
        status => Outcome::Error(status.to_string()),
    })
}

/// Whether a server takes this session.
pub async fn try_live(client: &Client, server: &str, session: &str) -> bool {
    let request = client.get(format!("{server}/api/protected"));
    let request = request.header(header::COOKIE, format!("{COOKIE}={session}"));
    let answer = request.send().await;
    answer.is_ok_and(|answer| answer.status() == StatusCode::OK)
}

/// As everybody is called, at the stand-in for Okta and in answers.
fn name(number: usize) -> String {
    format!("Person {number}")
}

/// Keeps cookies, follows nothing, and has an address of its own.
pub fn client(number: usize) -> Client {
    let [.., high, low] = u32::try_from(number + 2).unwrap().to_be_bytes();
    Client::builder()
        .cookie_store(true)
        .redirect(Policy::none())
        .local_address(Some(Ipv4Addr::new(127, 1, high, low).into()))
        .timeout(PATIENCE)
        .build()
        .unwrap()
}

fn location(answer: &Response) -> Option<String> {
    let location = answer.headers().get(header::LOCATION)?;
    Some(location.to_str().ok()?.to_owned())
}
