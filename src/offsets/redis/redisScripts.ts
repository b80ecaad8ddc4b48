/**
 * The scripts select the database themselves: a connection whose SELECT failed goes on in database 0 without a word.
 * `ARGV[1]` is the database, empty for that of the connection.
 */
export const SELECT: string = `if ARGV[1] ~= '' then redis.call('SELECT', ARGV[1]) end`;

/** Refuses before anything is written: Lua's writes are not rolled back. Its keys are those from `first` to `last`. */
const checkHashes = (first: string, last: string): string => `
for i = ${first}, ${last} do
  local kind = redis.call('TYPE', KEYS[i]).ok
  if kind ~= 'hash' and kind ~= 'none' then
    return redis.error_reply('WRONGTYPE ' .. KEYS[i] .. ' is a ' .. kind .. ', expected a hash of offsets')
  end
end`;

/** Answers the fields and values of each key, as one snapshot. */
export const LOAD_SCRIPT: string = `${SELECT}${checkHashes('1', '#KEYS')}
local hashes = {}
for i, key in ipairs(KEYS) do hashes[i] = redis.call('HGETALL', key) end
return hashes`;

/** Answers one page of the keys that match `ARGV[3]`, from cursor `ARGV[2]`. */
export const SCAN_SCRIPT: string = `${SELECT}
return redis.call('SCAN', ARGV[2], 'MATCH', ARGV[3], 'COUNT', '1000', 'TYPE', 'hash')`;

/**
 * Refuses whoever was overtaken. `KEYS[1]`: the owner's hash. `ARGV`: database, epoch (empty for who never owned), writer.
 *
 * A server that lost what it had (a restart without a log, a fail-over) may hold an older owner, or none: then the owner with the higher
 * epoch takes the group again with its first write.
 */
export const FENCE: string = `
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'hash' and kind ~= 'none' then
  return redis.error_reply('WRONGTYPE ' .. KEYS[1] .. ' is a ' .. kind .. ', expected the hash of an owner')
end
local owner = redis.call('HMGET', KEYS[1], 'epoch', 'writer', 'unfinished', 'transaction', 'time')
local isLost = false
if ARGV[2] ~= '' and owner[2] ~= ARGV[3] then
  isLost = tonumber(owner[1] or '0') < tonumber(ARGV[2])
  if not isLost then return {'TAKEN', owner[2] or ''} end
end
local function takeAgain()
  if isLost then redis.call('HSET', KEYS[1], 'epoch', ARGV[2], 'writer', ARGV[3]) end
end
if owner[3] then return {'UNFINISHED', owner[3]} end`;

/**
 * Takes the group over from who was seen to own it; so an attempt that was given up and comes late overtakes nobody.
 * `ARGV`: database, writer, the epoch that was seen, empty for a first look. Answers `OWN` and the epoch, or `SEEN` and the epoch found.
 */
export const OWN_SCRIPT: string = `${SELECT}
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'hash' and kind ~= 'none' then
  return redis.error_reply('WRONGTYPE ' .. KEYS[1] .. ' is a ' .. kind .. ', expected the hash of an owner')
end
local owner = redis.call('HMGET', KEYS[1], 'epoch', 'writer')
local epoch = owner[1] or '0'
if owner[2] == ARGV[2] then return {'OWN', epoch} end
if ARGV[3] ~= epoch then return {'SEEN', epoch} end
epoch = string.format('%.0f', tonumber(epoch) + 1)
redis.call('HSET', KEYS[1], 'epoch', epoch, 'writer', ARGV[2])
redis.call('HDEL', KEYS[1], 'transaction')
return {'OWN', epoch}`;

/** Whether it is owned still. */
export const OWNED_SCRIPT: string = `${SELECT}${FENCE}
takeAgain()
return {'OK'}`;

/** How offsets are compared, as decimal text, because Lua's numbers are doubles; and what a field holds. */
export const OFFSETS: string = `
local function below(a, b) return #a < #b or (#a == #b and a < b) end
local function offsetAt(key, field)
  local found = redis.call('HGET', key, field)
  if not found then return '' end
  local digits = string.match(found, '^0*(%d+)$')
  if digits and not below('${Number.MAX_SAFE_INTEGER}', digits) then return digits end
  return nil, redis.error_reply('BADOFFSET ' .. key .. ' field ' .. field .. ' holds "' .. string.sub(found, 1, 40) .. '", expected an offset')
end`;

/** Raises each offset that is lower than wanted, all or none, and answers what was held before. \`ARGV\` from \`at\` on: index of the key, field, offset. */
const raise = (at: number, before: string): string => `${OFFSETS}
local held = {'OK'}
for i = ${at}, #ARGV, 3 do
  local found, refusal = offsetAt(KEYS[tonumber(ARGV[i])], ARGV[i + 1])
  if refusal then return refusal end
  held[#held + 1] = found
end${before}
for i = ${at}, #ARGV, 3 do
  local found = held[(i - ${at}) / 3 + 2]
  if found == '' or below(found, ARGV[i + 2]) then redis.call('HSET', KEYS[tonumber(ARGV[i])], ARGV[i + 1], ARGV[i + 2]) end
end
return held`;

/** A commit of somebody who never owned. */
export const COMMIT_SCRIPT: string = `${SELECT}${checkHashes('1', '#KEYS')}${raise(2, '')}`;

/** A commit of the owner: `KEYS[1]` is the owner's hash, `ARGV` as {@link FENCE} has it. */
export const FENCED_COMMIT_SCRIPT: string = `${SELECT}${FENCE}${checkHashes('2', '#KEYS')}${raise(4, '\ntakeAgain()')}`;
