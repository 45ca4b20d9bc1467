-- Deletes a session, also from its indexes. Returns what it was.
-- KEYS: the session
local session, hash = KEYS[1], ARGV[1]
local found = redis.call('HMGET', session, 'content', 'expires_at', 'last_seen', 'version', 'indexes', 'all')
if not found[1] then
  return false
end
forget(session, hash, found[5], found[6])
return { found[1], found[2], found[3], found[4] }
