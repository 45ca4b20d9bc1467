-- Takes the lease of a session, unless another server has it.
-- KEYS: the session
local session, expires_at, now, owner = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
if redis.call('EXISTS', session) == 0 then
  return 0
end
local leased = redis.call('HMGET', session, 'leased_until', 'leased_by')
if leased[1] and tonumber(leased[1]) > tonumber(now) and leased[2] ~= owner then
  return 0
end
redis.call('HSET', session, 'leased_until', expires_at, 'leased_by', owner)
return 1
