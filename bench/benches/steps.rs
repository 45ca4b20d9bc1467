//! Steps of a request and of a sign-in, in process.

use std::{
    str::FromStr,
    time::{Duration, Instant},
};

use bench::{
    apps::{Answering, App, GUARDED, IDENTITY, PUBLIC, Place, okta::SETUP_CODE},
    harness::{
        answer::{location, session_id},
        browser::Browser,
        form::form,
        port::listener,
        port::url_of,
        provider::{CLIENT_ID, Provider},
    },
    in_process::Driver,
};
use criterion::{Criterion, criterion_group, criterion_main};
use http::{HeaderValue, StatusCode};
use openidconnect::{
    ClientId, IssuerUrl, Nonce,
    core::{CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

criterion_group!(steps, requests, sign_ins);
criterion_main!(steps);

/// The plugin, on a port for what needs one, and as a router for the rest.
struct Running {
    app: Answering,
    url: String,
    provider: Provider,
    _folder: TempDir,
}

impl Running {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = listener().await;
        let url = url_of(&listener);
        let place = Place {
            url: url.clone(),
            database: format!("sqlite:{}", folder.path().join("okta.db").display()),
            issuer: String::new(),
        };
        let app = App::Okta.answering(&place).await.unwrap();
        let Answering::Router(router) = app.clone() else {
            unreachable!("it is a router");
        };
        let served = router.into_make_service_with_connect_info::<std::net::SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, served).await });
        let provider = Provider::start(&format!("{url}/authorization-code/callback")).await;
        let admin = Browser::new(&url);
        admin.enter_setup_code(SETUP_CODE).await;
        let connected = admin.connect(&form(&provider)).await;
        assert_eq!(connected.status(), StatusCode::OK);
        Self {
            app,
            url,
            provider,
            _folder: folder,
        }
    }

    async fn cookie(&self) -> HeaderValue {
        let id = session_id(&Browser::new(&self.url).sign_in("/").await);
        HeaderValue::try_from(format!("okta_session={id}")).unwrap()
    }

    /// The time of the callback alone, with the requests to the provider that it makes.
    async fn callback(&self) -> Duration {
        let browser = Browser::new(&self.url);
        let callback = browser.to_provider_and_back("/").await;
        let begun = Instant::now();
        let done = browser.page(&callback).await;
        let time = begun.elapsed();
        assert_eq!(location(&done), "/");
        time
    }
}

fn requests(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let (bare, running, cookie) = runtime.block_on(async {
        let place = Place {
            url: String::new(),
            database: String::new(),
            issuer: String::new(),
        };
        let running = Running::start().await;
        let cookie = running.cookie().await;
        (App::Bare.answering(&place).await.unwrap(), running, cookie)
    });
    let ours = &running.app;
    for (name, app, path, cookie) in [
        ("axum alone", &bare, PUBLIC, Some(&cookie)),
        ("public, without a cookie", ours, PUBLIC, None),
        (
            "public, with a cookie: the identity is looked up",
            ours,
            PUBLIC,
            Some(&cookie),
        ),
        (
            "guarded: and the guard asks for it",
            ours,
            GUARDED,
            Some(&cookie),
        ),
        (
            "guarded, and the handler takes it",
            ours,
            IDENTITY,
            Some(&cookie),
        ),
    ] {
        let driver = Driver::new(app.clone(), path, cookie.cloned());
        assert_eq!(runtime.block_on(driver.request()), StatusCode::OK);
        criterion.bench_function(name, |bencher| {
            bencher.to_async(&runtime).iter(|| driver.request());
        });
    }
}

fn sign_ins(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let (running, keys) = runtime.block_on(async {
        let running = Running::start().await;
        running.callback().await;
        let keys = reqwest::get(format!("{}/keys", running.provider.issuer))
            .await
            .unwrap();
        let keys: CoreJsonWebKeySet = keys.json().await.unwrap();
        (running, keys)
    });
    let issuer = IssuerUrl::new(running.provider.issuer.clone()).unwrap();
    let verifier =
        CoreIdTokenVerifier::new_public_client(ClientId::new(CLIENT_ID.to_owned()), issuer, keys);
    let token = running.provider.now().last_id_token.clone().unwrap();
    criterion.bench_function(
        "an ID token (RS256) is verified by openidconnect",
        |bencher| {
            bencher.iter(|| {
                let token = CoreIdToken::from_str(&token).unwrap();
                let is_right = |_: Option<&Nonce>| Ok(());
                token.claims(&verifier, is_right).unwrap().subject().len()
            });
        },
    );
    criterion.bench_function("a callback, with the answer of the stand-in", |bencher| {
        bencher.iter_custom(|times| {
            runtime.block_on(async {
                let mut all = Duration::ZERO;
                for _ in 0..times {
                    all += running.callback().await;
                }
                all
            })
        });
    });
}
