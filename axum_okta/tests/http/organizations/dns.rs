//! A domain is proved by its TXT record.

use std::sync::{Arc, Mutex};

use axum_okta::OktaBuilder;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Market, connection};

const DOMAIN: &str = "acme.example";
const HINT: &str = "/login?domain_hint=acme.example";

/// A name and a text.
type TxtRecord = (String, String);

/// What the DNS has. `None` while it can't be reached.
#[derive(Clone, Default)]
struct Dns(Arc<Mutex<Option<Vec<TxtRecord>>>>);

impl Dns {
    fn has(&self, name: &str, text: &str) {
        let record = (name.to_owned(), text.to_owned());
        self.0.lock().unwrap().get_or_insert_default().push(record);
    }

    fn is_asked_by(&self) -> impl FnOnce(OktaBuilder) -> OktaBuilder + use<> {
        let dns = self.clone();
        move |builder| {
            builder.txt_records(move |name| {
                let records = dns.0.lock().unwrap().clone();
                async move {
                    let records = records.ok_or("no answer")?;
                    let texts = records.into_iter().filter(|(known, _)| *known == name);
                    Ok(texts.map(|(_, text)| text).collect())
                }
            })
        }
    }
}

fn path() -> String {
    format!("{}/domains/{DOMAIN}", connection("acme"))
}

#[tokio::test]
async fn an_admin_of_one_organization_proves_whose_a_domain_is() {
    let dns = Dns::default();
    let market = Market::open_with(dns.is_asked_by()).await;
    let admin = market.admin_of("acme").await;
    let claimed = admin.send_json(Method::PUT, &path(), &Value::Null).await;
    let claimed: Value = claimed.json().await.unwrap();
    let (name, record) = (&claimed["record_name"], &claimed["record"]);
    let (name, record) = (name.as_str().unwrap(), record.as_str().unwrap());
    let check = async || {
        let path = format!("{}/check", path());
        admin.post(&path).await.status()
    };
    assert_eq!(check().await, StatusCode::BAD_GATEWAY, "nobody answers");
    dns.has(DOMAIN, record);
    dns.has(name, "v=spf1 -all");
    dns.has(name, &record[..record.len() - 1]);
    assert_eq!(check().await, StatusCode::CONFLICT, "not this record");
    assert_eq!(market.leads_to(HINT).await, None);
    dns.has(name, record);
    assert_eq!(check().await, StatusCode::NO_CONTENT);
    assert_eq!(market.leads_to(HINT).await, Some("acme"));
    let audit = admin.audit().await;
    let detail = "domain acme.example verified by its record";
    assert_eq!(audit[0]["detail"], detail);
    // It is another's only when it is no longer this one's.
    let others = format!("{}/domains/{DOMAIN}", connection("beta"));
    let claimed = market.admin.send_json(Method::PUT, &others, &Value::Null);
    let claimed: Value = claimed.await.json().await.unwrap();
    dns.has(name, claimed["record"].as_str().unwrap());
    let taken = market.admin.post(&format!("{others}/check")).await;
    assert_eq!(taken.status(), StatusCode::CONFLICT);
    assert_eq!(market.leads_to(HINT).await, Some("acme"));
}

#[tokio::test]
async fn a_record_proves_what_was_claimed_and_nothing_later() {
    let dns = Dns::default();
    let market = Market::open_with(dns.is_asked_by()).await;
    let admin = &market.admin;
    let claim = async || {
        let claimed = admin.send_json(Method::PUT, &path(), &json!({})).await;
        claimed.json::<Value>().await.unwrap()
    };
    let first = claim().await;
    let record = first["record"].as_str().unwrap();
    dns.has(first["record_name"].as_str().unwrap(), record);
    admin.send_json(Method::DELETE, &path(), &json!({})).await;
    assert_ne!(claim().await["record"], first["record"]);
    let check = admin.post(&format!("{}/check", path())).await;
    assert_eq!(check.status(), StatusCode::CONFLICT);
    let unknown = format!("{}/domains/beta.example/check", connection("acme"));
    let unknown = admin.post(&unknown).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}
