/**
 * The scripts select the database themselves: a connection whose SELECT failed goes on in database 0 without a word.
 * `ARGV[1]` is the database, empty for that of the connection.
 */
const SELECT = `if ARGV[1] ~= '' then redis.call('SELECT', ARGV[1]) end`;

/** Refuses before anything is written: Lua's writes are not rolled back. */
const CHECK_KEYS = `
for _, key in ipairs(KEYS) do
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'hash' and kind ~= 'none' then
    return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. kind .. ', expected a hash of offsets')
  end
end`;

/** Answers the fields and values of each key, as one snapshot. */
export const LOAD_SCRIPT: string = `${SELECT}${CHECK_KEYS}
local hashes = {}
for i, key in ipairs(KEYS) do hashes[i] = redis.call('HGETALL', key) end
return hashes`;

/** Answers one page of the keys that match `ARGV[3]`, from cursor `ARGV[2]`. */
export const SCAN_SCRIPT: string = `${SELECT}
return redis.call('SCAN', ARGV[2], 'MATCH', ARGV[3], 'COUNT', '1000', 'TYPE', 'hash')`;

/**
 * Raises each offset that is lower than wanted, all or none, and answers what was held before. From `ARGV[2]` on: index of
 * the key, field, wanted offset. Offsets are compared as decimal text, because Lua's numbers are doubles.
 */
export const COMMIT_SCRIPT: string = `${SELECT}${CHECK_KEYS}
local function below(a, b) return #a < #b or (#a == #b and a < b) end
local held = {}
for i = 2, #ARGV, 3 do
  local key, field = KEYS[tonumber(ARGV[i])], ARGV[i + 1]
  local found = redis.call('HGET', key, field) or nil
  if found then
    local digits = string.match(found, '^0*(%d+)$')
    if not digits or below('${Number.MAX_SAFE_INTEGER}', digits) then
      return redis.error_reply('BADOFFSET ' .. key .. ' field ' .. field .. ' holds "' .. string.sub(found, 1, 40) .. '", expected an offset')
    end
    found = digits
  end
  held[#held + 1] = found or ''
end
for i = 2, #ARGV, 3 do
  local before = held[(i + 1) / 3]
  if before == '' or below(before, ARGV[i + 2]) then redis.call('HSET', KEYS[tonumber(ARGV[i])], ARGV[i + 1], ARGV[i + 2]) end
end
return held`;
