-- Universal Logout may name a person by their e-mail: a hash of it with the app's key, as of the person. '' means that it
-- is not known yet, because a server that knows nothing of this column wrote the session; '-' that there is none.
ALTER TABLE okta_session ADD COLUMN email TEXT NOT NULL DEFAULT '';

CREATE INDEX okta_session_email ON okta_session (email);
CREATE INDEX okta_session_without_email ON okta_session (id_hash) WHERE email = '';
