-- Each sign-in drops the oldest attempts beyond a bound; without an index it would sort them all.
CREATE INDEX okta_sign_in_attempt_created_at ON okta_sign_in_attempt (created_at, state);
