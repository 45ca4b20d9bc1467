SELECT value FROM okta_setting WHERE name = 'key_check';
INSERT INTO okta_setting (name, value) VALUES ('roles', '{}') ON CONFLICT (name) DO NOTHING;
INSERT INTO okta_setting (name, value) VALUES ('roles', '{"rules":[]}') ON CONFLICT (name) DO UPDATE SET value = excluded.value;

INSERT INTO okta_connection (name, id, issuer, client_id, client_secret, connected_at, api_token, options) VALUES ('okta', 'c1', 'i', 'c', 's', 1, '', '{}') ON CONFLICT (name) DO UPDATE SET id = excluded.id, issuer = excluded.issuer, client_id = excluded.client_id, client_secret = excluded.client_secret, connected_at = excluded.connected_at, api_token = excluded.api_token, options = excluded.options;
INSERT INTO okta_connection (name, id, issuer, client_id, client_secret, connected_at, api_token, options) VALUES ('okta', 'c2', 'i', 'c', 's', 1, '', '{}') ON CONFLICT (name) DO UPDATE SET id = excluded.id, issuer = excluded.issuer, client_id = excluded.client_id, client_secret = excluded.client_secret, connected_at = excluded.connected_at, api_token = excluded.api_token, options = excluded.options;
SELECT id, name, issuer, client_id, client_secret, connected_at, api_token, options FROM okta_connection WHERE name = 'okta';
DELETE FROM okta_connection WHERE name = 'okta';

INSERT INTO okta_admin (issuer, subject, since, name) VALUES ('i', 's', 1, 'Ada') ON CONFLICT (issuer, subject) DO UPDATE SET name = excluded.name;
INSERT INTO okta_admin (issuer, subject, since, name) VALUES ('i', 's', 2, 'Ada') ON CONFLICT (issuer, subject) DO UPDATE SET name = excluded.name;
SELECT issuer, subject, name, since FROM okta_admin ORDER BY since, issuer, subject;
SELECT since FROM okta_admin WHERE issuer = 'i' AND subject = 's';
DELETE FROM okta_admin WHERE issuer = 'i' AND subject = 's';

INSERT INTO okta_setup (slot, id, code_hash, ends_at) VALUES (1, 'a', 'h', 0) ON CONFLICT (slot) DO UPDATE SET id = excluded.id, code_hash = excluded.code_hash, ends_at = excluded.ends_at;
INSERT INTO okta_setup (slot, id, code_hash, ends_at) VALUES (1, 'b', 'h', 0) ON CONFLICT (slot) DO UPDATE SET id = excluded.id, code_hash = excluded.code_hash, ends_at = excluded.ends_at;
SELECT id, code_hash FROM okta_setup WHERE slot = 1 AND (ends_at = 0 OR ends_at > 1);
DELETE FROM okta_setup WHERE id = 'b';

INSERT INTO okta_audit (id, at, event, entry) VALUES ('a', 1, 'sign_in_refused', '{}');
INSERT INTO okta_audit (id, at, event, entry) VALUES ('b', 2, 'sign_in_refused', '{}');
INSERT INTO okta_audit (id, at, event, entry) VALUES ('c', 3, 'signed_in', '{}');
SELECT at FROM okta_audit ORDER BY at DESC, id DESC LIMIT 1;
SELECT at, id, entry FROM okta_audit WHERE (at < 9 OR (at = 9 AND id < '')) AND ('' = '' OR event = '') ORDER BY at DESC, id DESC LIMIT 21;
SELECT at, id, entry FROM okta_audit WHERE (at > 0 OR (at = 0 AND id > '')) AND ('signed_in' = '' OR event = 'signed_in') ORDER BY at ASC, id ASC LIMIT 21;
SELECT COUNT(*) AS n FROM okta_audit WHERE event = 'signed_in' AND at >= 1;
DELETE FROM okta_audit WHERE id IN (SELECT id FROM okta_audit WHERE event = 'sign_in_refused' ORDER BY at DESC LIMIT 9223372036854775807 OFFSET 1);
DELETE FROM okta_audit WHERE at < 4;

INSERT INTO okta_group_seen (name, last_seen) VALUES ('a', 1), ('b', 2) ON CONFLICT (name) DO UPDATE SET last_seen = excluded.last_seen;
INSERT INTO okta_group_seen (name, last_seen) VALUES ('a', 3) ON CONFLICT (name) DO UPDATE SET last_seen = excluded.last_seen;
SELECT name, last_seen FROM okta_group_seen ORDER BY last_seen DESC, name;
SELECT COUNT(*) AS n FROM okta_group_seen WHERE last_seen > 1 AND name IN ('a', 'b');
DELETE FROM okta_group_seen WHERE name IN (SELECT name FROM okta_group_seen ORDER BY last_seen DESC, name LIMIT 9223372036854775807 OFFSET 1);

INSERT INTO okta_used_state (state_hash, expires_at) VALUES ('a', 1) ON CONFLICT (state_hash) DO NOTHING;
DELETE FROM okta_used_state WHERE state_hash IN (SELECT state_hash FROM okta_used_state WHERE expires_at <= 2 LIMIT 1000);

INSERT INTO okta_session (id_hash, content, expires_at, person, okta_sid, connection_id, since, last_seen) VALUES ('a', 'x', 9, 'p', 's', 'c', 0, 1) ON CONFLICT (id_hash) DO NOTHING;
INSERT INTO okta_session (id_hash, content, expires_at, person, okta_sid, connection_id, since, last_seen) VALUES ('b', 'x', 9, 'q', 't', 'c', 1, 1) ON CONFLICT (id_hash) DO NOTHING;
INSERT INTO okta_session (id_hash, content, expires_at, person, okta_sid, connection_id, since, last_seen) VALUES ('c', 'x', 9, 'r', 'u', 'c', 1, 1) ON CONFLICT (id_hash) DO NOTHING;
INSERT INTO okta_session (id_hash, content, expires_at, person, okta_sid, connection_id, since, last_seen) VALUES ('d', 'x', 1, '', '', '', 1, 1) ON CONFLICT (id_hash) DO NOTHING;
SELECT content, expires_at FROM okta_session WHERE id_hash = 'a' AND expires_at > 2;
SELECT id_hash, content, expires_at FROM okta_session WHERE since = 0 LIMIT 500;
UPDATE okta_session SET person = 'p', okta_sid = 's', connection_id = 'c', since = 3, last_seen = 3 WHERE id_hash = 'a' AND since = 0;
SELECT id_hash, content, expires_at, connection_id, since, last_seen FROM okta_session WHERE person = 'p' AND expires_at > 2 ORDER BY since DESC, id_hash;
UPDATE okta_session SET content = 'y', expires_at = 8 WHERE id_hash = 'a';
UPDATE okta_session SET last_seen = 4 WHERE id_hash = 'a' AND last_seen < 4;
DELETE FROM okta_session WHERE id_hash IN (SELECT id_hash FROM okta_session WHERE expires_at <= 2 LIMIT 1000);
DELETE FROM okta_session WHERE id_hash = 'a';
DELETE FROM okta_session WHERE person = 'q';
DELETE FROM okta_session WHERE okta_sid = 'u';
