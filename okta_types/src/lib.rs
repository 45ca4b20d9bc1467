//! The types that the server and the browser share: the [`Identity`] of the person who is signed
//! in, and the types of the settings page ([`ConnectionForm`], [`Check`], [`Settings`]).
//!
//! This crate contains data types only and compiles to WebAssembly. With the `axum` feature,
//! [`Identity`] is an axum extractor. The `testing` feature adds made-up identities, for tests
//! only.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod admin_tokens;
mod audit;
mod audit_query;
mod branding;
mod check;
mod client_keys;
mod connection;
mod connection_request;
mod connections;
#[cfg(feature = "axum")]
mod extract;
mod identity;
mod options;
mod provisioned_claim;
mod provisioning;
mod requirement;
mod roles;
mod scim_client;
mod search;
mod sessions;
mod settings;
mod setup_links;
mod sign_in_policy;
mod sign_out;
mod step_up;
#[cfg(feature = "testing")]
pub mod testing;
mod timestamp;

pub use admin_tokens::{AdminTokenForm, AdminTokenSummary, NewAdminToken, TokenAccess};
pub use audit::{Actor, AuditEntry, AuditEvent};
pub use audit_query::{AuditPage, AuditQuery, RecentActivity};
pub use branding::Branding;
pub use check::{Check, CheckName, CheckReport, Outcome};
pub use client_keys::ClientKeySummary;
pub use connection::{ConnectionForm, ConnectionSummary, RedirectUris};
pub use connection_request::{Checks, ConnectionRequest};
pub use connections::{ConnectionChange, ConnectionPage, ConnectionQuery, DomainSummary};
#[cfg(feature = "axum")]
pub use extract::{CurrentIdentity, NotSignedIn, Problem};
pub use identity::{ClaimError, Identity, Profile};
pub use options::{ClientAuthentication, ConnectionOptions, GroupsFrom, MissingGroups};
pub use provisioned_claim::{FieldProblem, ProvisionedClaim, ProvisioningDraft};
pub use provisioning::{
    NewScimToken, ProvisionedGroup, ProvisionedGroups, ProvisionedPeople, ProvisionedPerson,
    ProvisionedPersonRecord, Provisioning, ProvisioningForm, ScimRequest, ScimRequestPage,
    ScimTokenSummary,
};
pub use requirement::{Forbidden, LAYER_MISSING, NOT_SIGNED_IN, Requirement};
pub use roles::{ADMIN, RoleRule, RoleTable};
pub use scim_client::ScimClientSummary;
pub use sessions::{SessionPage, SessionQuery, SessionSummary};
pub use settings::{
    AdminSummary, Draft, NO_ANSWER, OpenSettings, SeenGroup, Settings, SettingsRefusal, TestReport,
};
pub use setup_links::{NewSetupLink, SetupLinkForm, SetupLinkState, SetupLinkSummary};
pub use sign_in_policy::SignInPolicy;
pub use sign_out::{SignOutAddress, SignOutCall, SignOutCalls};
pub use step_up::{CONFIRM_IT_IS_YOU, StepUp, StepUpNeeded};
pub use timestamp::Timestamp;

// Compiles the example in the crate's README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
