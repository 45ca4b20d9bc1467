-- The sessions of an index that have not expired.
-- KEYS: the index
local found = {}
for _, hash in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[2], '+inf')) do
  local session = redis.call('HMGET', ARGV[1] .. hash, 'holder', 'connection_id', 'since', 'last_seen')
  if session[1] then
    table.insert(found, { hash, unpack(session) })
  end
end
return found
