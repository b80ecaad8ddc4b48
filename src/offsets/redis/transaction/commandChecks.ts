/** The kind of key that a command writes to. Others overwrite whatever is there (`SET`), or take any kind. */
const KINDS: Readonly<Record<string, string>> = {
  SETNX: 'string',
  APPEND: 'string',
  SETBIT: 'string',
  INCRBY: 'string',
  INCRBYFLOAT: 'string',
  PFADD: 'string',
  HSET: 'hash',
  HSETNX: 'hash',
  HDEL: 'hash',
  HINCRBY: 'hash',
  HINCRBYFLOAT: 'hash',
  LPUSH: 'list',
  RPUSH: 'list',
  LTRIM: 'list',
  LREM: 'list',
  SADD: 'set',
  SREM: 'set',
  ZADD: 'zset',
  ZINCRBY: 'zset',
  ZREM: 'zset',
  ZREMRANGEBYSCORE: 'zset',
  ZREMRANGEBYRANK: 'zset',
  XADD: 'stream',
  XTRIM: 'stream',
};

const kindsInLua = Object.entries(KINDS)
  .map(([name, kind]) => `${name}='${kind}'`)
  .join(', ');

/**
 * Lua: `wrong(name, key, from, to)` says why a command, with its arguments in that part of `ARGV`, would fail after those before it; nothing where it
 * would not. It follows what the commands make of keys and counters, and is rather too strict than too lax: a counter beyond 9.2e18, one that was just
 * appended to, and a key that was just emptied and is now to be of another kind are refused.
 */
export const COMMAND_CHECKS: string = `
local KIND = {${kindsInLua}}
local WHOLE = 0
local known, allowed = {}, {}
local function stateOf(key)
  local state = known[key]
  if not state then
    state = {kind = redis.call('TYPE', key).ok, values = {}, isNew = false}
    known[key] = state
  end
  return state
end
local function valueAt(state, key, field)
  local value = state.values[field]
  if value ~= nil then return value end
  if state.isNew then return false end
  if field == WHOLE then return redis.call('GET', key) end
  return redis.call('HGET', key, field)
end
local function holds(value, expected)
  if type(value) == 'table' then value = value.changed end
  return 'it holds "' .. string.sub(tostring(value), 1, 40) .. '", expected ' .. expected
end
local function wholeSum(value, amount)
  local number = type(value) == 'number' and value or value == false and 0
  if not number and type(value) == 'string' and #value <= 20 and (value == '0' or string.match(value, '^%-?[1-9]%d*$')) then
    number = tonumber(value)
  end
  if not number then return nil, holds(value, 'a whole number') end
  local sum = number + amount
  if sum > 9.2e18 or sum < -9.2e18 then return nil, 'it would overflow' end
  return sum
end
local function floatSum(value, amount)
  local number = type(value) == 'number' and value or value == false and 0
  if type(value) == 'table' then number = value.float end
  if type(value) == 'string' and string.match(value, '^[+-]?%d*%.?%d*[eE]?[+-]?%d*$') then number = tonumber(value) end
  if not number then return nil, holds(value, 'a number') end
  local sum = number + amount
  if not (sum < 1e300 and sum > -1e300) then return nil, 'it would overflow' end
  return {float = sum, changed = string.format('%.17g', sum)}
end
local function wrong(name, key, from, to)
  if not allowed[name] and redis.acl_check_cmd then
    local isKnown, may = pcall(redis.acl_check_cmd, name, key, unpack(ARGV, from, to))
    if not isKnown then return 'the server does not have it' end
    if not may then return 'NOPERM this user may not' end
    allowed[name] = true
  end
  if name == 'DEL' then
    known[key] = {kind = 'none', values = {}, isNew = true}
    return
  elseif name == 'SET' or name == 'SETEX' then
    known[key] = {kind = 'string', values = {[WHOLE] = ARGV[to]}, isNew = true}
    return
  end
  local state, wanted = stateOf(key), KIND[name]
  if not wanted then
    if to > from and not redis.REDIS_VERSION_NUM then return 'NX, XX, GT and LT need Redis 7' end
    return
  end
  if state.kind ~= wanted and state.kind ~= 'none' then return 'the key is a ' .. state.kind .. ', expected a ' .. wanted end
  local values, failure = state.values, nil
  if name == 'HDEL' then
    for i = from, to do values[ARGV[i]] = false end
    return
  elseif name == 'LTRIM' or name == 'LREM' or name == 'SREM' or name == 'XTRIM' or string.sub(name, 1, 4) == 'ZREM' then
    return
  end
  state.kind = wanted
  if name == 'INCRBY' then
    values[WHOLE], failure = wholeSum(valueAt(state, key, WHOLE), tonumber(ARGV[to]))
  elseif name == 'HINCRBY' then
    values[ARGV[from]], failure = wholeSum(valueAt(state, key, ARGV[from]), tonumber(ARGV[to]))
  elseif name == 'INCRBYFLOAT' then
    values[WHOLE], failure = floatSum(valueAt(state, key, WHOLE), tonumber(ARGV[to]))
  elseif name == 'HINCRBYFLOAT' then
    values[ARGV[from]], failure = floatSum(valueAt(state, key, ARGV[from]), tonumber(ARGV[to]))
  elseif name == 'SETNX' then
    if valueAt(state, key, WHOLE) == false then values[WHOLE] = ARGV[from] end
  elseif name == 'HSETNX' then
    if valueAt(state, key, ARGV[from]) == false then values[ARGV[from]] = ARGV[to] end
  elseif name == 'HSET' then
    for i = from, to, 2 do values[ARGV[i]] = ARGV[i + 1] end
  elseif name == 'PFADD' then
    local value = values[WHOLE]
    if value == nil and not state.isNew then value = redis.call('GETRANGE', key, 0, 3) end
    if type(value) == 'string' and value ~= '' and value ~= 'HYLL' then return 'the key is no HyperLogLog' end
    values[WHOLE] = {changed = 'the bytes of PFADD'}
  elseif name == 'APPEND' or name == 'SETBIT' then
    values[WHOLE] = {changed = 'what ' .. name .. ' makes'}
  end
  return failure
end`;
