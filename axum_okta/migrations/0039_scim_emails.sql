-- Whose e-mail address it is. `email_key` is the beginning of the address as it is compared, in lower case.
CREATE TABLE okta_scim_email (
    connection TEXT NOT NULL,
    email_key TEXT NOT NULL,
    person_id TEXT NOT NULL,
    PRIMARY KEY (connection, email_key, person_id)
);

CREATE INDEX okta_scim_email_person ON okta_scim_email (person_id, connection);

-- The version whose addresses these are. Whoever was stored before this, or by a server of the version before, has
-- another one, and is indexed before somebody is looked for.
ALTER TABLE okta_scim_resource ADD COLUMN emails_of BIGINT NOT NULL DEFAULT 0;

CREATE INDEX okta_scim_resource_emails ON okta_scim_resource (connection, id)
    WHERE kind = 'User' AND emails_of <> version;
