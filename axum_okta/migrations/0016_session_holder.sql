-- What a list of sessions shows of each: encrypted by itself, so that a list reads little. '' means that it is not known
-- yet, because a server that knows nothing of this column wrote the session; '-' that nobody is signed in with it.
ALTER TABLE okta_session ADD COLUMN holder TEXT NOT NULL DEFAULT '';

CREATE INDEX okta_session_without_holder ON okta_session (id_hash) WHERE holder = '';
CREATE INDEX okta_session_newest ON okta_session (since, id_hash) WHERE person <> '';
