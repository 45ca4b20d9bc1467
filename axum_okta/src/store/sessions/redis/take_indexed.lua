-- Deletes sessions of an index. Returns those that there were, and who was signed in with them.
-- KEYS: the index
local deleted = {}
for i = 2, #ARGV do
  local hash = ARGV[i]
  local session = ARGV[1] .. hash
  local found = redis.call('HMGET', session, 'indexes', 'all', 'holder')
  for index in string.gmatch(found[1] or '', '%S+') do
    redis.call('ZREM', index, hash)
  end
  if found[2] and found[2] ~= '' then
    redis.call('ZREM', found[2], hash)
  end
  redis.call('ZREM', KEYS[1], hash)
  if redis.call('DEL', session) == 1 then
    table.insert(deleted, { hash, found[3] or '' })
  end
end
return deleted
