-- Which connection an entry is about. '': none, or a server that knows nothing of this column wrote it.
ALTER TABLE okta_audit ADD COLUMN connection TEXT NOT NULL DEFAULT '';

CREATE INDEX okta_audit_connection ON okta_audit (connection, at, id) WHERE connection <> '';
