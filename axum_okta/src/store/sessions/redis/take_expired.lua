-- Deletes some sessions of an index that have expired. Returns what they were.
-- KEYS: the index
local prefix, now, limit = ARGV[1], ARGV[2], ARGV[3]
local deleted = {}
for _, hash in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, limit)) do
  local session = prefix .. hash
  local found = redis.call('HMGET', session, 'content', 'expires_at', 'last_seen', 'indexes', 'all')
  for index in string.gmatch(found[4] or '', '%S+') do
    redis.call('ZREM', index, hash)
  end
  if found[5] and found[5] ~= '' then
    redis.call('ZREM', found[5], hash)
  end
  redis.call('ZREM', KEYS[1], hash)
  if redis.call('DEL', session) == 1 then
    table.insert(deleted, { hash, found[1], found[2], found[3] })
  end
end
return deleted
