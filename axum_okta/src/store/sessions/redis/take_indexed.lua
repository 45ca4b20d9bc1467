-- Deletes sessions of an index, a bounded number. Returns how many it looked at, and which it deleted.
-- KEYS: the index
local hashes = redis.call('ZRANGE', KEYS[1], 0, ARGV[2] - 1)
local deleted = {}
for _, hash in ipairs(hashes) do
  local session = ARGV[1] .. hash
  local indexes = redis.call('HGET', session, 'indexes')
  for index in string.gmatch(indexes or '', '%S+') do
    redis.call('ZREM', index, hash)
  end
  redis.call('ZREM', KEYS[1], hash)
  if redis.call('DEL', session) == 1 then
    table.insert(deleted, hash)
  end
end
return { #hashes, deleted }
