//! What every test is made of: an app on a port, browsers that keep cookies, and a provider that
//! does as it is told.

mod answer;
mod app;
mod browser;
mod certificate;
mod example;
mod form;
mod gateway;
mod log;
mod nginx;
mod port;
pub mod postgres;
mod provider;
mod python;
mod raw;
mod redis;
mod routes;
mod scim;
mod wire;

pub use answer::{
    attempt_cookie, cache_control, location, outcomes, parameter, parameters, refresh, session_id,
};
pub use app::{App, SETUP_CODE, callback_of};
pub use browser::{Browser, CONNECTION};
pub use certificate::Certificate;
pub use example::Example;
pub use form::{api_form, form, form_for, form_with, refresh_form, table, table_with_default};
pub use gateway::{Gateway, Outage};
pub use log::Log;
pub use nginx::{Nginx, SERVER, url_at};
pub use port::{free_port, listener, url_of};
pub use provider::{
    ACCESS_TOKEN, API_TOKEN, Authentication, Behaviour, CLIENT_ID, CLIENT_SECRET, Instead, Nonce,
    Provider, SHORT_KEY, Signature, Signed, ada, grace,
};
pub use python::{program, said};
pub use raw::{PATIENCE, UnderWay, raw, raw_session_id, status};
pub use redis::Redis;
pub use routes::{FOR_SHARED_CACHES, SECRET_OF_THE_PAGE, TWO_FACTORS};
pub use scim::{OktaScim, Staff};
pub use wire::{Carries, Wire};
