//! The pages, each with the server functions it calls.

mod errors;
mod home;
mod login;
mod post;
mod settings;
mod write;

pub(crate) use self::{
    errors::{Broken, NotFound},
    home::Home,
    login::Login,
    post::PostPage,
    settings::Settings,
    write::Write,
};
