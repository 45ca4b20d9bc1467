-- Notes when sessions were in use. Never brings one back, and never goes back in time.
-- KEYS: the sessions
for i, session in ipairs(KEYS) do
  local last_seen = redis.call('HGET', session, 'last_seen')
  if last_seen and tonumber(last_seen) < tonumber(ARGV[i]) then
    redis.call('HSET', session, 'last_seen', ARGV[i])
  end
end
