-- What is noted of feeds; nothing where there is nothing, or more than is read. KEYS: notes. ARGV: the most bytes of one.
local all = {}
for nth, key in ipairs(KEYS) do
  sound(key, 'string')
  all[nth] = redis.call('STRLEN', key) <= tonumber(ARGV[1]) and redis.call('GET', key) or ''
end
return all
