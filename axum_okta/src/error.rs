//! The plugin's errors. An error's cause is its [`source`](std::error::Error::source) and is not
//! repeated in its message.

pub use crate::{
    builder::OpenError,
    environment::EnvironmentError,
    layer::conflict::RouteConflict,
    settings::SettingsError,
    store::{EncryptionError, StoreError},
};
pub use okta_types::Problem;
