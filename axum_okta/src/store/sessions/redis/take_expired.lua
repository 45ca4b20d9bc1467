-- Deletes some sessions of an index that have expired. Returns what they were.
-- KEYS: the index
local prefix, now, limit = ARGV[1], ARGV[2], ARGV[3]
local deleted = {}
for _, hash in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, limit)) do
  local session = prefix .. hash
  local found = redis.call('HMGET', session, 'content', 'expires_at', 'last_seen', 'indexes', 'all')
  redis.call('ZREM', KEYS[1], hash)
  if forget(session, hash, found[4], found[5]) then
    table.insert(deleted, { hash, found[1], found[2], found[3] })
  end
end
return deleted
