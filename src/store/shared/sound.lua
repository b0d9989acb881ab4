-- What the other scripts begin with.

-- Whatever stands where a value of another kind belongs was not written by limpid: it makes way.
local function sound(key, kind)
  local found = redis.call('TYPE', key)['ok']
  if found ~= kind and found ~= 'none' then
    redis.call('DEL', key)
  end
end

-- Microseconds by the clock of Redis, which is one for all.
local function now()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end

local function text(number)
  return string.format('%.0f', number)
end

-- A number from zero up to one; zero for what is none.
local function upto(value, most)
  local number = tonumber(value)
  if number and number >= 0 and number <= most then
    return number
  end
  return 0
end

local MINUTE = 60000000

-- A token greater than every one before: it grows with the clock, so that it does also after Redis has lost everything,
-- and where the clock goes back.
local function token(key)
  sound(key, 'string')
  local time = now()
  local new = math.max(upto(redis.call('GET', key), time + 60 * MINUTE) + 1, time)
  redis.call('SET', key, text(new))
  return new
end

-- When a record says that its source was asked, in microseconds; nil where it does not, or speaks of the future.
local function asked(key, now)
  local time = tonumber(redis.call('HGET', key, 'asked'))
  if time and time <= tonumber(now) + 5 * MINUTE then
    return time
  end
end
