//! A part of point 11: a provider inside a company, with a certificate of the company's own
//! authority.

use std::sync::Arc;

use axum_okta::Okta;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer},
};

use crate::harness::{App, Provider, form_for, outcomes};

/// Speaks TLS before a provider; gives its issuer, and the authority's certificate.
async fn with_tls(provider: &Provider) -> (String, String) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()])
        .unwrap()
        .signed_by(&key, &authority)
        .unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    let behind = provider.issuer.strip_prefix("http://").unwrap().to_owned();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let (acceptor, behind) = (acceptor.clone(), behind.clone());
            tokio::spawn(async move {
                // Whoever does not trust the certificate goes away.
                if let Ok(mut from) = acceptor.accept(connection).await {
                    let mut to = TcpStream::connect(behind).await.unwrap();
                    let _ended = tokio::io::copy_bidirectional(&mut from, &mut to).await;
                }
            });
        }
    });
    {
        let mut behaviour = provider.now();
        behaviour.discovery = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "userinfo_endpoint": format!("{issuer}/userinfo"),
            "jwks_uri": format!("{issuer}/keys"),
        });
        behaviour.id_token = json!({ "iss": issuer });
        behaviour.callback = json!({ "iss": issuer });
    }
    (issuer, authority.pem())
}

#[tokio::test]
async fn a_company_s_own_authority_is_trusted_where_the_host_says_so() {
    let app = App::start().await;
    let (provider, admin) = app.ready_to_connect().await;
    let (issuer, authority) = with_tls(&provider).await;
    let refused = outcomes(admin.connect(&form_for(&issuer)).await).await;
    assert_eq!(refused["issuer"], "failed", "nobody vouches for it");

    let app = app
        .restart_with(|builder| builder.add_root_certificate(authority))
        .await;
    let connected = outcomes(admin.connect(&form_for(&issuer)).await).await;
    assert_eq!(connected["issuer"], "passed", "{connected}");
    assert_eq!(connected["credentials"], "passed", "{connected}");
    assert!(app.okta.connection().is_some());
}

#[tokio::test]
async fn a_certificate_of_another_name_is_refused() {
    let app = App::start().await;
    let (provider, admin) = app.ready_to_connect().await;
    let (issuer, authority) = with_tls(&provider).await;
    let app = app
        .restart_with(|builder| builder.add_root_certificate(authority))
        .await;
    let by_address = issuer.replace("localhost", "127.0.0.1");
    let refused = outcomes(admin.connect(&form_for(&by_address)).await).await;
    assert_eq!(refused["issuer"], "failed", "{refused}");
    assert_eq!(provider.asked("discovery"), 0);
    assert!(app.okta.connection().is_none());
}

#[tokio::test]
async fn what_is_no_certificate_is_refused_when_the_app_opens() {
    let directory = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", directory.path().join("okta.db").display());
    for pem in [
        "",
        "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n",
    ] {
        let builder = Okta::builder()
            .database(&database)
            .add_root_certificate(pem);
        let error = builder.open().await.unwrap_err();
        assert!(error.to_string().contains("BEGIN CERTIFICATE"), "{error}");
    }
}
