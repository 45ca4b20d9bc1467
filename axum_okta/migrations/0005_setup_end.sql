-- A setup without a code, kept open for an admin who replaced the connection, ends by itself. 0: it has a code, and ends
-- when an admin has signed in.
ALTER TABLE okta_setup ADD COLUMN ends_at BIGINT NOT NULL DEFAULT 0;
