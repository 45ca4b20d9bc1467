-- Changes are stored before they are numbered, so that others wait only while numbers are taken. What is committed together
-- of one connection is a batch, or several: `first_number` and `last_number` are those of its first and last change, and
-- `place` counts its changes from 0. No released version knows the table that this replaces.
CREATE TABLE okta_scim_batch (
    first_number BIGINT PRIMARY KEY NOT NULL,
    last_number BIGINT NOT NULL,
    id TEXT NOT NULL,
    connection TEXT NOT NULL,
    at BIGINT NOT NULL
);

CREATE UNIQUE INDEX okta_scim_batch_id ON okta_scim_batch (id);
CREATE INDEX okta_scim_batch_connection ON okta_scim_batch (connection, first_number);
CREATE INDEX okta_scim_batch_at ON okta_scim_batch (at);

INSERT INTO okta_scim_batch (first_number, last_number, id, connection, at)
    SELECT number, number, CAST(number AS TEXT), connection, at FROM okta_scim_change;

ALTER TABLE okta_scim_change RENAME TO okta_scim_former_change;

CREATE TABLE okta_scim_change (
    batch TEXT NOT NULL,
    place BIGINT NOT NULL,
    what TEXT NOT NULL,
    group_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    external_id TEXT NOT NULL,
    PRIMARY KEY (batch, place)
);

INSERT INTO okta_scim_change (batch, place, what, group_id, person_id, external_id)
    SELECT CAST(number AS TEXT), 0, what, group_id, person_id, external_id FROM okta_scim_former_change;

DROP TABLE okta_scim_former_change;
