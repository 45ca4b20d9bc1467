-- Until when one server renews the session at Okta, so that no other does.
ALTER TABLE okta_session ADD COLUMN leased_until BIGINT NOT NULL DEFAULT 0;
