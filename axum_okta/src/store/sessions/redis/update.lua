-- Changes a session, unless it has ended (-1) or changed since this version was read (0). Where
-- nobody is signed in with it any more, it stays in the indexes where it was.
-- KEYS: the session, then its indexes
local session, hash, version, content, expires_at = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local now, holder, all, kept = ARGV[5], ARGV[6], ARGV[7], tonumber(ARGV[8])
local found = redis.call('HMGET', session, 'version', 'indexes', 'since')
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
  'indexes', indexes, 'holder', holder)
redis.call('EXPIREAT', session, indexes ~= '' and expires_at + kept or expires_at)
for index in string.gmatch(indexes, '%S+') do
  redis.call('ZADD', index, expires_at, hash)
  redis.call('EXPIREAT', index, redis.call('ZREVRANGE', index, 0, 0, 'WITHSCORES')[2] + kept)
end
if all ~= '' then
  redis.call('HSET', session, 'all', all)
  redis.call('ZADD', all, found[3], hash)
  if redis.call('TTL', all) < expires_at - now then
    redis.call('EXPIREAT', all, expires_at)
  end
end
return 1
