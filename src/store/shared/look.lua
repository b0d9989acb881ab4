-- Whether Redis is there, takes something, and is the one of before. KEYS: born, room. ARGV: a name for it where it has
-- none yet, as many bytes as it last had no room for (or none).
sound(KEYS[1], 'string')
local born = redis.call('GET', KEYS[1])
if not born then
  born = ARGV[1]
  redis.call('SET', KEYS[1], born)
end
-- Always: one that is only to be read from is none.
redis.call('SET', KEYS[2], ARGV[2], 'PX', 1000)
return born
