//! What a hostile review of the code found, a file an idea. SECURITY.md has the table, point by
//! point.

mod admin_rights;
mod callback;
mod ended_sessions;
mod hosts;
mod opening;
mod private_authority;
mod sessions_under_way;
mod stored_sessions;
mod strangers;
mod writes;
