-- Writes a record. KEYS: record, lock, tokens, kept, sizes, bytes. ARGV: the token of the lock (or nothing), when the
-- source was asked, the time, the record, the digest of its body (or nothing), the body (or nothing), for how many seconds
-- it is kept, the most bytes of all records.
sound(KEYS[1], 'hash')
local fence = upto(redis.call('HGET', KEYS[1], 'token'), now() + 60 * MINUTE)
local function release()
  if ARGV[1] ~= '' and redis.call('GET', KEYS[2]) == ARGV[1] then
    redis.call('DEL', KEYS[2])
  end
end
if ARGV[1] ~= '' and fence > tonumber(ARGV[1]) then
  release()
  return 'refused'
end
local last = asked(KEYS[1], ARGV[3])
if ARGV[1] == '' and last and last >= tonumber(ARGV[2]) then
  return last > tonumber(ARGV[2]) and 'older' or 'same'
end
local has = redis.call('HGET', KEYS[1], 'digest') == ARGV[5] and redis.call('HSTRLEN', KEYS[1], 'body')
if ARGV[5] ~= '' and ARGV[6] == '' and (not has or has == 0) then
  return 'body'
end

-- How much there is of each, and what makes way: first what has expired, then what would do so next.
sound(KEYS[4], 'zset')
sound(KEYS[5], 'hash')
sound(KEYS[6], 'string')
local size = #KEYS[1] + #ARGV[4] + math.max(#ARGV[6], ARGV[5] ~= '' and has or 0)
local most, seconds = tonumber(ARGV[8]), math.floor(now() / 1000000)
local all = upto(redis.call('GET', KEYS[6]), 1e15) - upto(redis.call('HGET', KEYS[5], KEYS[1]), 1e15)
local function forget(key)
  all = all - upto(redis.call('HGET', KEYS[5], key), 1e15)
  redis.call('HDEL', KEYS[5], key)
  redis.call('ZREM', KEYS[4], key)
  redis.call('DEL', key)
end
redis.call('HDEL', KEYS[5], KEYS[1])
redis.call('ZREM', KEYS[4], KEYS[1])
for _, key in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', seconds, 'LIMIT', 0, 16)) do
  forget(key)
end
while all + size > most do
  local next = redis.call('ZRANGE', KEYS[4], 0, 0)[1]
  if not next then
    break
  end
  forget(next)
end
if size > most then
  forget(KEYS[1])
  redis.call('SET', KEYS[6], text(math.max(all, 0)))
  release()
  return 'too-large'
end

local new = ARGV[1] ~= '' and ARGV[1] or text(token(KEYS[3]))
redis.call('HSET', KEYS[1], 'token', new, 'asked', ARGV[2], 'record', ARGV[4], 'digest', ARGV[5])
if ARGV[6] ~= '' then
  redis.call('HSET', KEYS[1], 'body', ARGV[6])
elseif ARGV[5] == '' then
  redis.call('HDEL', KEYS[1], 'body')
end
redis.call('EXPIRE', KEYS[1], ARGV[7])
redis.call('ZADD', KEYS[4], seconds + tonumber(ARGV[7]), KEYS[1])
redis.call('HSET', KEYS[5], KEYS[1], size)
redis.call('SET', KEYS[6], text(math.max(all, 0) + size))
release()
return 'written'
