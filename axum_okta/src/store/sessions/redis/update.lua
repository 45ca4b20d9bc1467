-- Changes a session, unless it has ended (-1) or changed since this version was read (0). Where
-- nobody is signed in with it any more, it stays in the indexes where it was.
-- KEYS: the session, then its indexes
local session, hash, version, content, expires_at = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local found = redis.call('HMGET', session, 'version', 'indexes')
if not found[1] then
  return -1
end
if found[1] ~= version then
  return 0
end
local indexes = found[2]
if #KEYS > 1 then
  for index in string.gmatch(indexes, '%S+') do
    redis.call('ZREM', index, hash)
  end
  indexes = table.concat(KEYS, ' ', 2)
end
redis.call('HSET', session, 'content', content, 'expires_at', expires_at, 'version', version + 1,
  'indexes', indexes)
redis.call('EXPIREAT', session, expires_at)
for index in string.gmatch(indexes, '%S+') do
  redis.call('ZADD', index, expires_at, hash)
  redis.call('EXPIREAT', index, redis.call('ZREVRANGE', index, 0, 0, 'WITHSCORES')[2])
end
return 1
