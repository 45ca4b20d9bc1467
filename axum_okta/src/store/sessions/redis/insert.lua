-- Writes a session and puts it into its indexes, which forget some of what has expired. One that
-- somebody is signed in with is kept for a while after that, for the audit trail.
-- KEYS: the session, then its indexes
local session, hash, content, expires_at, now = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local since, holder, all, kept = ARGV[6], ARGV[8], ARGV[9], tonumber(ARGV[10])
if redis.call('EXISTS', session) == 1 then
  -- The same content: sent again, because the first answer was lost.
  return redis.call('HGET', session, 'content') == content and 1 or 0
end
redis.call('HSET', session, 'content', content, 'expires_at', expires_at, 'version', 0,
  'connection_id', ARGV[5], 'since', since, 'last_seen', ARGV[7], 'indexes', table.concat(KEYS, ' ', 2),
  'holder', holder, 'all', all)
redis.call('EXPIREAT', session, #KEYS > 1 and expires_at + kept or expires_at)
for i = 2, #KEYS do
  local index = KEYS[i]
  local expired = redis.call('ZRANGEBYSCORE', index, '-inf', now - kept, 'LIMIT', 0, 100)
  if #expired > 0 then
    redis.call('ZREM', index, unpack(expired))
  end
  redis.call('ZADD', index, expires_at, hash)
  redis.call('EXPIREAT', index, redis.call('ZREVRANGE', index, 0, 0, 'WITHSCORES')[2] + kept)
end
if all ~= '' then
  -- All sessions by when they began. Of the oldest, some have expired.
  local prefix = string.sub(session, 1, -#hash - 1)
  for _, old in ipairs(redis.call('ZRANGE', all, 0, 9)) do
    if redis.call('EXISTS', prefix .. old) == 0 then
      redis.call('ZREM', all, old)
    end
  end
  redis.call('ZADD', all, since, hash)
  if redis.call('TTL', all) < expires_at - now then
    redis.call('EXPIREAT', all, expires_at)
  end
end
return 1
