-- Sessions by when they began, the newest first, beyond a place. Whoever was in the place may have
-- left meanwhile.
-- KEYS: all sessions by when they began
local all, prefix, now, limit, since, hash = KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]
local from = 0
if hash ~= '' then
  local is_new = redis.call('ZADD', all, 'NX', since, hash)
  from = redis.call('ZREVRANK', all, hash) + 1
  if is_new == 1 then
    redis.call('ZREM', all, hash)
    from = from - 1
  end
end
local found = {}
while #found < limit do
  local hashes = redis.call('ZREVRANGE', all, from, from + limit - #found - 1)
  if #hashes == 0 then
    break
  end
  for _, one in ipairs(hashes) do
    local session = redis.call('HMGET', prefix .. one, 'holder', 'connection_id', 'since', 'last_seen', 'expires_at')
    if not session[1] then
      -- It has expired.
      redis.call('ZREM', all, one)
    else
      from = from + 1
      if tonumber(session[5]) > now then
        table.insert(found, { one, session[1], session[2], session[3], session[4] })
      end
    end
  end
end
return found
