-- Deletes sessions of an index. Returns those that there were, who was signed in with them, and, if it
-- is asked for, their content.
-- KEYS: the index
local deleted, with_content = {}, ARGV[2] == '1'
for i = 3, #ARGV do
  local hash = ARGV[i]
  local session = ARGV[1] .. hash
  local found = redis.call('HMGET', session, 'indexes', 'all', 'holder', 'content')
  for index in string.gmatch(found[1] or '', '%S+') do
    redis.call('ZREM', index, hash)
  end
  if found[2] and found[2] ~= '' then
    redis.call('ZREM', found[2], hash)
  end
  redis.call('ZREM', KEYS[1], hash)
  if redis.call('DEL', session) == 1 then
    table.insert(deleted, { hash, found[3] or '', with_content and found[4] or '' })
  end
end
return deleted
