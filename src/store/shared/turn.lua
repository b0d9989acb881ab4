-- A turn at a host: how long to wait for it in microseconds, or -1 where there are enough under way. KEYS: turns, next.
-- ARGV: a name for this one, how many at a time, the distance between two (µs), how long one may take at most (µs).
sound(KEYS[1], 'zset')
sound(KEYS[2], 'string')
local time, spacing, longest = now(), tonumber(ARGV[3]), tonumber(ARGV[4])
-- Those of limpids that are no more, and what none has written.
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', text(time))
redis.call('ZREMRANGEBYSCORE', KEYS[1], text(time + 32 * spacing + 60 * MINUTE), '+inf')
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then
  return -1
end
local wait = math.max(upto(redis.call('GET', KEYS[2]), time + 32 * spacing) - time, 0)
redis.call('SET', KEYS[2], text(time + wait + spacing), 'PX', text((wait + spacing) / 1000 + 1000))
redis.call('ZADD', KEYS[1], text(time + wait + longest), ARGV[1])
redis.call('PEXPIRE', KEYS[1], text((wait + longest) / 1000 + 1000))
return wait
