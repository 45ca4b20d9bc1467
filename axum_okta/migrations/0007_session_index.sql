-- What a person's sessions are found by. `person` and `okta_sid` are hashes with the app's key: whoever reads the
-- database learns neither. `since` 0: a server that knows nothing of the index wrote the session, and it is to be indexed.
ALTER TABLE okta_session ADD COLUMN person TEXT NOT NULL DEFAULT '';
ALTER TABLE okta_session ADD COLUMN okta_sid TEXT NOT NULL DEFAULT '';
ALTER TABLE okta_session ADD COLUMN connection_id TEXT NOT NULL DEFAULT '';
ALTER TABLE okta_session ADD COLUMN since BIGINT NOT NULL DEFAULT 0;
ALTER TABLE okta_session ADD COLUMN last_seen BIGINT NOT NULL DEFAULT 0;

CREATE INDEX okta_session_person ON okta_session (person);
CREATE INDEX okta_session_okta_sid ON okta_session (okta_sid);
CREATE INDEX okta_session_to_be_indexed ON okta_session (id_hash) WHERE since = 0;
