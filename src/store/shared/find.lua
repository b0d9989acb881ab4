-- A record and its body, which are kept for longer because they are wanted. KEYS: record, kept. ARGV: the most bytes of
-- both, for how many seconds they are kept at least.
sound(KEYS[1], 'hash')
local bytes = redis.call('HSTRLEN', KEYS[1], 'record') + redis.call('HSTRLEN', KEYS[1], 'body')
if bytes == 0 or bytes > tonumber(ARGV[1]) then
  return {}
end
if redis.call('TTL', KEYS[1]) < tonumber(ARGV[2]) then
  sound(KEYS[2], 'zset')
  redis.call('EXPIRE', KEYS[1], ARGV[2])
  redis.call('ZADD', KEYS[2], 'XX', math.floor(now() / 1000000) + tonumber(ARGV[2]), KEYS[1])
end
return { redis.call('HGET', KEYS[1], 'record') or '', redis.call('HGET', KEYS[1], 'body') or '' }
