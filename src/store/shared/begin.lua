-- Who asks a publisher. KEYS: record, lock, tokens. ARGV: when the source was asked as far as it is known here (or
-- nothing), the time, the digest of the body that is here, for how long a lock holds (ms), the most bytes of a record.
sound(KEYS[1], 'hash')
sound(KEYS[2], 'string')
local last, here = asked(KEYS[1], ARGV[2]), tonumber(ARGV[1])
local digest = redis.call('HGET', KEYS[1], 'digest') or ''
if last and (not here or last > here) then
  local bytes = redis.call('HSTRLEN', KEYS[1], 'record') + redis.call('HSTRLEN', KEYS[1], 'body')
  if bytes <= tonumber(ARGV[5]) then
    local body = digest ~= ARGV[3] and redis.call('HGET', KEYS[1], 'body') or ''
    return { 'learnt', text(last), redis.call('HGET', KEYS[1], 'record') or '', body }
  end
end
local left = redis.call('PTTL', KEYS[2])
if left > 0 and left <= 3600000 then
  return { 'held' }
end
local new = text(token(KEYS[3]))
redis.call('SET', KEYS[2], new, 'PX', ARGV[4])
return { 'ours', new, digest }
