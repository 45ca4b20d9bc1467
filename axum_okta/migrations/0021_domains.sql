-- Whose e-mail addresses lead to which connection. It counts once it is verified (`verified_at` > 0): by a TXT record that
-- contains `proof`, or by an admin of the whole app.
CREATE TABLE okta_domain (
    domain TEXT NOT NULL,
    connection TEXT NOT NULL,
    proof TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    verified_at BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (domain, connection)
);

CREATE UNIQUE INDEX okta_domain_verified ON okta_domain (domain) WHERE verified_at > 0;
CREATE INDEX okta_domain_connection ON okta_domain (connection);
