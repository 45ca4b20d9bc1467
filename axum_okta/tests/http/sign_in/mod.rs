//! Signing in.

mod callback;
mod claims;
mod client_address;
mod cookies;
mod failure;
mod journey;
mod odd_answers;
mod odd_claims;
mod policy;
