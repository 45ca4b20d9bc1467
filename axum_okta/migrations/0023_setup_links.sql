-- Setup links that admins of the whole app send: rows of `okta_connection_setup` with a code. `outcome` says why a link is
-- over before its time, `used` or `revoked`; `ends_at` is then when that was, so that servers of the version before obey.
ALTER TABLE okta_connection_setup ADD COLUMN made_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE okta_connection_setup ADD COLUMN made_by TEXT NOT NULL DEFAULT '';
ALTER TABLE okta_connection_setup ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE okta_connection_setup ADD COLUMN opened_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE okta_connection_setup ADD COLUMN outcome TEXT NOT NULL DEFAULT '';

CREATE UNIQUE INDEX okta_connection_setup_code ON okta_connection_setup (code_hash) WHERE code_hash <> '';
CREATE INDEX okta_connection_setup_connection ON okta_connection_setup (connection);
