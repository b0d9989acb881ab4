-- Holds a lock for longer, or gives it back. KEYS: lock. ARGV: its token, for how many milliseconds; 0 for no longer.
sound(KEYS[1], 'string')
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
if ARGV[2] == '0' then
  return redis.call('DEL', KEYS[1])
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
