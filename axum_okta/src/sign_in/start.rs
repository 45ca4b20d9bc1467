//! `GET /login?return_to=/path` starts a sign-in: RFC 6749 §4.1.1 with PKCE, state and nonce.
//! `connection`, `organization`, `domain_hint` and `login_hint` say through which connection, and
//! `max_age`, `acr_values` and `amr` ask for one that is recent, or strong, enough.
//!
//! Register it in Okta as the initiate login URI, too: a portal may GET or POST it (OpenID Connect
//! Core §4).

use std::borrow::Cow;

use axum::{
    Extension,
    extract::{RawForm, RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use okta_types::{Identity, StepUp};
use openidconnect::{LoginHint, core::CoreAuthPrompt};
use tower_sessions::Session;
use url::{Url, form_urlencoded};

use super::{
    SignInError,
    attempt::{Attempt, Purpose},
    choice,
    failure::Failure,
    recheck,
    selection::{Hints, Selection},
    step_up::{self, Confirmation},
};
use crate::{
    connection::{Connection, oidc::Wishes},
    http::{
        client_address::ClientAddress,
        no_store, only,
        page::{Link, Page},
        reference::Reference,
        return_to::ReturnTo,
    },
    okta::Okta,
    outbound::is_loopback,
    services::Services,
    session::{Content, SignedIn},
    store::now,
};

/// What a portal may say.
const OF_A_PORTAL: [&str; 3] = ["iss", "login_hint", "target_link_uri"];
/// What the address may say that a portal was given.
const OF_ITS_ADDRESS: [&str; 2] = ["connection", "organization"];

/// A portal's POST comes from another site, so the browser doesn't send our cookies with it.
/// Redirected to a GET of our own, it does. Nothing else happens here.
pub(super) async fn posted_login(
    State(okta): State<Okta>,
    RawQuery(query): RawQuery,
    RawForm(form): RawForm,
) -> Response {
    let query = query.unwrap_or_default();
    let of_its_address = form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| OF_ITS_ADDRESS.contains(&name.as_ref()));
    let of_a_portal =
        form_urlencoded::parse(&form).filter(|(name, _)| OF_A_PORTAL.contains(&name.as_ref()));
    no_store(Redirect::to(&login_with(
        &okta,
        of_its_address.chain(of_a_portal),
    )))
}

fn login_with<'p>(
    okta: &Okta,
    parameters: impl Iterator<Item = (Cow<'p, str>, Cow<'p, str>)>,
) -> String {
    let query: String = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    format!("{}?{query}", okta.shared().paths.login)
}

pub(super) async fn login(
    State(okta): State<Okta>,
    ClientAddress(address): ClientAddress,
    reference: Reference,
    identity: Option<Identity>,
    session: Option<Extension<Session>>,
    parts: Parts,
) -> Response {
    let query = parts.uri.query().unwrap_or_default();
    if is_other_name_of_loopback(&okta, &parts.headers) {
        let origin = okta.base_url().origin().ascii_serialization();
        let path = login_with(&okta, form_urlencoded::parse(query.as_bytes()));
        return no_store(Redirect::to(&format!("{origin}{path}")));
    }
    let asked = match LoginRequest::parse(&okta, query) {
        Ok(asked) => asked,
        Err(error) => return Failure::new(&okta, reference, error, None).into_response(),
    };
    let return_to = asked.return_to.clone();
    let Ok(services) = okta.services() else {
        let error = SignInError::Closed;
        return Failure::new(&okta, reference, error, Some(&return_to)).into_response();
    };
    let by_address = || okta.organization_of(&parts);
    let selection = asked.hints.select(&services.connections, by_address);
    // Who may become an admin signs in, whether they are signed in or not.
    let sets_up = match (&identity, &selection) {
        (Some(_), Ok(Selection::One(connection))) => {
            may_set_up(session.as_deref(), connection).await
        }
        _ => false,
    };
    // A portal may mean somebody else: Okta decides.
    let okta_decides = asked.by_portal || asked.again || sets_up;
    if let Ok(selection) = &selection
        && !okta_decides
    {
        let meets = |identity: &Identity| asked.is_met_by(identity, selection);
        let (session, headers) = (session.as_deref(), &parts.headers);
        let begun = recheck::begin(&okta, session, headers, &return_to, meets).await;
        if let Some(to_okta) = begun {
            return to_okta.by(|address| no_store(Redirect::to(address)));
        }
        if identity.as_ref().is_some_and(meets) {
            return asked.done();
        }
    }
    let mut through = None;
    let started = match selection {
        Ok(Selection::Several(question)) => {
            return choice::page(&okta, services, query, &question).await;
        }
        Ok(Selection::One(connection))
            if identity
                .as_ref()
                .is_some_and(|identity| leaves(identity, &connection, &parts.headers)) =>
        {
            return confirm_other_connection(&login_with(
                &okta,
                form_urlencoded::parse(query.as_bytes()),
            ));
        }
        Ok(Selection::One(connection)) => {
            through = Some(connection.config.name.clone());
            let session = session.filter(|_| identity.is_some());
            let started = asked.sign_in(&connection, session.as_deref()).await;
            match started {
                Ok(sign_in) => to_okta(&okta, services, &connection, &parts.headers, sign_in).await,
                Err(error) => Err(error),
            }
        }
        Err(SignInError::NotConnected) => Err(not_connected(session.as_deref()).await),
        Err(error) => Err(error),
    };
    match started {
        Ok(to_okta) => to_okta.by(|address| no_store(Redirect::to(address))),
        Err(error) => {
            let failure = Failure::new(&okta, reference, error, Some(&return_to));
            let failure = failure.through(through.as_deref());
            failure.recorded(services, address).await.into_response()
        }
    }
}

/// Whether another site's page would have somebody change from the connection that they are signed in
/// through to another one, whose provider may ask them nothing. What they do next would be done by
/// somebody else.
fn leaves(identity: &Identity, connection: &Connection, headers: &HeaderMap) -> bool {
    let is_from_elsewhere = headers
        .get("sec-fetch-site")
        .is_some_and(|site| site != "same-origin" && site != "none");
    is_from_elsewhere && identity.connection != connection.config.name
}

/// The link is this app's own, so that the next request comes from here.
fn confirm_other_connection(login: &str) -> Response {
    Page {
        status: StatusCode::OK,
        title: "Sign in differently?",
        explanation: "A link on another site leads to a sign-in other than the one you are signed in with. If you \
                      continue, it replaces the one you have.",
        links: &[Link::to(login, "Continue"), Link::HOME],
        reference: None,
    }
    .into_response()
}

/// The end of a sign-in beside a form, which is in the other tab.
fn signed_in_in_new_tab() -> Response {
    Page {
        status: StatusCode::OK,
        title: "You're signed in",
        explanation: "Close this tab, go back to your form, and send it again.",
        links: &[],
        reference: None,
    }
    .into_response()
}

/// People who were signed in until an admin disconnected are told so.
async fn not_connected(session: Option<&Session>) -> SignInError {
    match signed_in(session).await {
        Ok(Some(_)) => SignInError::Disconnected,
        Ok(None) => SignInError::NotConnected,
        Err(error) => error,
    }
}

/// Whether this browser has a right to set up the connection.
async fn may_set_up(session: Option<&Session>, connection: &Connection) -> bool {
    let Some(session) = session else {
        return false;
    };
    // The callback decides; here it is only about the way.
    let content = Content::load(session).await.unwrap_or_default();
    let grant = content.setup.filter(|grant| grant.given_to.is_none());
    grant.is_some_and(|grant| grant.connection() == connection.config.name)
}

async fn signed_in(session: Option<&Session>) -> Result<Option<SignedIn>, SignInError> {
    match session {
        Some(session) => Ok(Content::load(session).await?.signed_in),
        None => Ok(None),
    }
}

/// The way to Okta, with the cookies that identify this browser when it comes back.
pub(super) struct ToOkta {
    address: Url,
    cookies: Vec<HeaderValue>,
}

impl ToOkta {
    /// By an answer that leads to this address.
    pub(super) fn by(self, answer: impl FnOnce(&str) -> Response) -> Response {
        let mut response = answer(self.address.as_str());
        for cookie in self.cookies {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }
}

/// A sign-in that is about to begin.
pub(super) struct SignIn<'r> {
    pub(super) return_to: &'r ReturnTo,
    pub(super) purpose: Purpose,
    pub(super) login_hint: Option<LoginHint>,
    pub(super) confirmation: Confirmation,
}

pub(super) async fn to_okta(
    okta: &Okta,
    services: &Services,
    connection: &Connection,
    headers: &HeaderMap,
    sign_in: SignIn<'_>,
) -> Result<ToOkta, SignInError> {
    let party = &connection.relying_party;
    let SignIn {
        return_to,
        purpose,
        login_hint,
        confirmation,
    } = sign_in;
    let wishes = Wishes {
        prompt: match purpose {
            Purpose::Recheck => Some(CoreAuthPrompt::None),
            Purpose::SignIn | Purpose::Trial => confirmation.prompt(),
        },
        login_hint,
        step_up: confirmation.step_up.clone(),
    };
    let request = party.authorization_request(wishes).await?;
    let (address, state) = (request.url.clone(), request.state.clone());
    let attempt = Attempt::new(connection, request, return_to, purpose, confirmation);
    let cookies = attempt.cookies(okta, &services.store, &state, headers)?;
    Ok(ToOkta { address, cookies })
}

/// If somebody opens `localhost` but the app is configured as `127.0.0.1`, Okta would send them
/// back to the other name, where the browser doesn't have our cookie. Loopback only: elsewhere a
/// proxy may have its reasons for a different `Host`.
fn is_other_name_of_loopback(okta: &Okta, headers: &HeaderMap) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let asked = host.and_then(|host| Url::parse(&format!("http://{host}")).ok());
    asked.is_some_and(|asked| {
        is_loopback(&asked)
            && is_loopback(okta.base_url())
            && asked.host() != okta.base_url().host()
    })
}

/// What a sign-in request asks for.
struct LoginRequest {
    return_to: ReturnTo,
    hints: Hints,
    /// Next to a form: the sign-in comes back to this address, which then says that it is done.
    in_new_tab: bool,
    /// Whether a third party started it (OpenID Connect Core §4), such as Okta's dashboard.
    by_portal: bool,
    /// How recently, and how, the person has to have signed in.
    step_up: StepUp,
    /// Whether Okta has to ask, whatever it knows.
    again: bool,
}

impl LoginRequest {
    fn parse(okta: &Okta, query: &str) -> Result<Self, SignInError> {
        let by_portal = form_urlencoded::parse(query.as_bytes())
            .any(|(name, _)| OF_A_PORTAL.contains(&name.as_ref()));
        let in_new_tab = !by_portal && only(query, "new_tab")?.is_some();
        let return_to = match in_new_tab {
            true => ReturnTo::parse(&okta.sign_in_again_path(), okta.base_url()),
            false => destination(okta, query)?,
        };
        let (step_up, again) = step_up::asked(query)?;
        Ok(Self {
            return_to,
            hints: Hints::parse(query)?,
            in_new_tab,
            by_portal,
            step_up,
            again,
        })
    }

    /// Whether whoever is signed in is signed in as was asked.
    fn is_met_by(&self, identity: &Identity, selection: &Selection) -> bool {
        self.step_up.check(identity, now()).is_ok() && selection.suits(identity)
    }

    fn done(&self) -> Response {
        if self.in_new_tab {
            return signed_in_in_new_tab();
        }
        no_store(Redirect::to(self.return_to.as_str()))
    }

    /// The sign-in through this connection. Whoever is signed in through it already confirms that
    /// it is them, if that is what is asked for.
    async fn sign_in(
        &self,
        connection: &Connection,
        session: Option<&Session>,
    ) -> Result<SignIn<'_>, SignInError> {
        let former = signed_in(session).await?;
        let former = former.filter(|former| former.identity.connection == connection.config.name);
        let step_up = self.step_up.clone();
        Ok(SignIn {
            return_to: &self.return_to,
            purpose: Purpose::SignIn,
            login_hint: self.hints.login.clone().map(LoginHint::new),
            confirmation: Confirmation::of(step_up, self.again, former.as_ref())?,
        })
    }
}

/// Where the person wants to go. A portal such as Okta's dashboard names a full address
/// (`target_link_uri`), which must be ours: OpenID Connect Core §4.
fn destination(okta: &Okta, query: &str) -> Result<ReturnTo, SignInError> {
    let return_to = match only(query, "target_link_uri")? {
        Some(address) => ReturnTo::parse_address(&address, okta.base_url()).ok_or(
            SignInError::MalformedLogin("its target_link_uri is outside of this app"),
        )?,
        None => only(query, "return_to")?.map_or_else(ReturnTo::home, |path| {
            ReturnTo::parse(&path, okta.base_url())
        }),
    };
    // Coming back to the sign-in itself would loop.
    let path = return_to
        .as_str()
        .split(['?', '#'])
        .next()
        .unwrap_or_default();
    let paths = &okta.shared().paths;
    if paths.is_callback(path)
        || [&paths.login, &paths.logout]
            .iter()
            .any(|ours| *ours == path)
    {
        return Ok(ReturnTo::home());
    }
    Ok(return_to)
}
