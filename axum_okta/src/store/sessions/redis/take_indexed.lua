-- Deletes sessions of an index. Returns those that there were, who was signed in with them, and, if it
-- is asked for, their content.
-- KEYS: the index
local deleted, with_content = {}, ARGV[2] == '1'
for i = 3, #ARGV do
  local hash = ARGV[i]
  local session = ARGV[1] .. hash
  local found = redis.call('HMGET', session, 'indexes', 'all', 'holder', 'content')
  redis.call('ZREM', KEYS[1], hash)
  if forget(session, hash, found[1], found[2]) then
    table.insert(deleted, { hash, found[3] or '', with_content and found[4] or '' })
  end
end
return deleted
