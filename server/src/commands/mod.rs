//! The operator's commands on the database.

mod backup;
mod configuration;
mod move_database;

pub(crate) use backup::back_up;
pub(crate) use configuration::{apply, export};
pub(crate) use move_database::move_database;
