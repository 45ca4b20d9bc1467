-- Deletes sessions of an index. Returns those that there were.
-- KEYS: the index
local deleted = {}
for i = 2, #ARGV do
  local hash = ARGV[i]
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
return deleted
