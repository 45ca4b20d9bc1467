//! The plugin's errors. An error's cause is its [`source`](std::error::Error::source) and is not
//! repeated in its message.

#[cfg(all(feature = "sqlite", feature = "postgres"))]
pub use crate::store::MoveError;
#[cfg(feature = "sqlite")]
pub use crate::store::{BackupError, NoDatabaseFile};
pub use crate::{
    builder::OpenError,
    directory::DirectoryError,
    environment::EnvironmentError,
    hook::Refusal,
    layer::conflict::RouteConflict,
    lifecycle::CloseError,
    refresh::AccessTokenError,
    settings::SettingsError,
    store::{EncryptionError, StoreError},
};
pub use okta_types::Problem;
