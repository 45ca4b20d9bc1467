-- Options are JSON; what a version does not know of yet has its default. The API token is encrypted, and empty when
-- there is none.
ALTER TABLE okta_connection ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
ALTER TABLE okta_connection ADD COLUMN api_token TEXT NOT NULL DEFAULT '';

-- For the settings page; the key stays issuer and subject.
ALTER TABLE okta_admin ADD COLUMN name TEXT NOT NULL DEFAULT '';

-- Groups of people who signed in, as choices for the role table.
CREATE TABLE okta_group_seen (
    name TEXT PRIMARY KEY NOT NULL,
    last_seen BIGINT NOT NULL
);

CREATE INDEX okta_group_seen_last_seen ON okta_group_seen (last_seen);
