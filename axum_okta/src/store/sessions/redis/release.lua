-- Gives a lease back, unless another server has it by now.
-- KEYS: the session
if redis.call('HGET', KEYS[1], 'leased_until') == ARGV[1] then
  redis.call('HDEL', KEYS[1], 'leased_until', 'leased_by')
end
return 0
