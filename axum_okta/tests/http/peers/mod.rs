//! What has gone wrong in software like this: a test for each published hole, named after what it
//! prevents. Holes for which another file has exactly the test are not here; `yardsticks.txt` says
//! where each is.

mod caching;
mod cookie_tossing;
mod denial_of_service;
mod fail_open;
mod guard_bypass;
mod identity_keys;
mod login_csrf;
mod open_redirect;
mod provider_mixup;
mod reliability;
mod session_fixation;
mod ssrf;
mod token_leaks;
