-- Deletes a session, and takes it out of its indexes and of the list of all. Returns whether it was there.
local function forget(session, hash, indexes, all)
  for index in string.gmatch(indexes or '', '%S+') do
    redis.call('ZREM', index, hash)
  end
  if all and all ~= '' then
    redis.call('ZREM', all, hash)
  end
  return redis.call('DEL', session) == 1
end

