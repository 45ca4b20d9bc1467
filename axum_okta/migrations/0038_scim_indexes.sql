-- Only the primary key begins with the connection and the kind. As long as PostgreSQL has counted nothing, it takes all
-- indexes that begin so for equally good, and walked through everybody in the order of one to find somebody by another.
DROP INDEX okta_scim_resource_name;
DROP INDEX okta_scim_resource_external_id;

CREATE UNIQUE INDEX okta_scim_resource_name ON okta_scim_resource (name_key, connection, kind);
CREATE INDEX okta_scim_resource_external_id ON okta_scim_resource (external_id, connection, kind);
