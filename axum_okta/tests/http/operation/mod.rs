//! What operators see and do: health, metrics, references, and an orderly end.

mod close;
mod database_url;
mod metrics;
mod readiness;
mod reference;
