-- Deletes a session, also from its indexes. Returns what it was.
-- KEYS: the session
local session, hash = KEYS[1], ARGV[1]
local found = redis.call('HMGET', session, 'content', 'expires_at', 'last_seen', 'version', 'indexes', 'all')
if not found[1] then
  return false
end
for index in string.gmatch(found[5], '%S+') do
  redis.call('ZREM', index, hash)
end
if found[6] and found[6] ~= '' then
  redis.call('ZREM', found[6], hash)
end
redis.call('DEL', session)
return { found[1], found[2], found[3], found[4] }
