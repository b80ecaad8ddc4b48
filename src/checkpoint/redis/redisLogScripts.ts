/**
 * The scripts select the database themselves: a connection whose SELECT failed goes on in database 0 without a word. `ARGV[1]` is the
 * database, empty for that of the connection.
 */
const SELECT = `if ARGV[1] ~= '' then redis.call('SELECT', ARGV[1]) end`;

/** The server's clock in milliseconds: a lease is measured by nobody else's. */
const CLOCK = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local function after(ms) return string.format('%.0f', now + tonumber(ms)) end`;

/**
 * Becomes the owner, unless another one's lease lasts. Keys: owner, head, segments, sizes, savepoints. `ARGV`: token, attempt, lease, who,
 * whether to take over, token of an owner that is known to be dead.
 *
 * The same token owns again at once, in a new epoch: nothing of what was sent in the epoch before takes effect any more. An attempt that was
 * given up and comes late changes nothing.
 */
export const OWN_SCRIPT: string = `${SELECT}
for i, wanted in ipairs({'hash', 'string', 'hash', 'hash', 'set'}) do
  local kind = redis.call('TYPE', KEYS[i]).ok
  if kind ~= wanted and kind ~= 'none' then
    return redis.error_reply('WRONGTYPE ' .. KEYS[i] .. ' is a ' .. kind .. ', expected a ' .. wanted)
  end
end${CLOCK}
local held = redis.call('HMGET', KEYS[1], 'epoch', 'token', 'until', 'lease', 'who', 'attempt')
if held[2] == ARGV[2] then
  if (tonumber(held[6]) or 0) >= tonumber(ARGV[3]) then return {'LATE'} end
else
  local left = (tonumber(held[3]) or 0) - now
  if left > 0 and ARGV[6] == '' and held[2] ~= ARGV[7] then
    return {'OWNED', string.format('%.0f', left), held[2] or '', held[3], held[4] or '', held[5] or ''}
  end
end
local epoch = string.format('%.0f', (tonumber(held[1]) or 0) + 1)
redis.call('HSET', KEYS[1], 'epoch', epoch, 'token', ARGV[2], 'attempt', ARGV[3], 'lease', ARGV[4], 'until', after(ARGV[4]),
  'who', ARGV[5], 'writes', '0')
return {'OWN', epoch}`;

/** Answers who owns it instead, or goes on. Keys: owner. \`ARGV\`: epoch, token. */
const FENCE = `
local held = redis.call('HMGET', KEYS[1], 'epoch', 'token', 'writes', 'who')
if not held[1] then return {'GONE'} end
if held[1] ~= ARGV[2] or held[2] ~= ARGV[3] then return {'TAKEN', held[4] or ''} end`;

/**
 * One write of the owner: all checks, then all of its steps, then the count of his writes and a new lease. `ARGV`: epoch, token, number of
 * the write, lease, then for each step: command, index of its key, number of its arguments, the arguments. `APPEND` has the expected length
 * before its bytes.
 *
 * A write that was done already is not done again, one that was overtaken by a later one neither.
 */
export const WRITE_SCRIPT: string = `${SELECT}${FENCE}
if held[3] == ARGV[4] then return {'DONE'} end
if tonumber(held[3]) ~= tonumber(ARGV[4]) - 1 then return {'LOST', held[3] or ''} end
local function steps(visit)
  local i = 6
  while i <= #ARGV do
    local count = tonumber(ARGV[i + 2])
    local refusal = visit(ARGV[i], KEYS[tonumber(ARGV[i + 1])], i + 3, i + 2 + count)
    if refusal then return refusal end
    i = i + 3 + count
  end
end
local refusal = steps(function(command, key, from)
  if command == 'APPEND' then
    local length = redis.call('STRLEN', key)
    if length ~= tonumber(ARGV[from]) then return {'LENGTH', key, tostring(length), ARGV[from]} end
  end
end)
if refusal then return refusal end
steps(function(command, key, from, to)
  if command == 'APPEND' then from = from + 1 end
  redis.call(command, key, unpack(ARGV, from, to))
end)${CLOCK}
redis.call('HSET', KEYS[1], 'writes', ARGV[4], 'until', after(ARGV[5]))
return {'OK'}`;

/** Renews the lease. Keys: owner. `ARGV`: epoch, token, lease. */
export const RENEW_SCRIPT: string = `${SELECT}${FENCE}${CLOCK}
redis.call('HSET', KEYS[1], 'until', after(ARGV[4]))
return {'OK'}`;

/** Ends the lease. Keys: owner. `ARGV`: epoch, token. Works where memory is full. */
export const RELEASE_SCRIPT: string = `${SELECT}${FENCE}
redis.call('HDEL', KEYS[1], 'until')
return {'OK'}`;

/** Every segment, size and savepoint there is. Keys: segments, sizes, savepoints. */
export const INDEX_SCRIPT: string = `${SELECT}
return {redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[2]), redis.call('SMEMBERS', KEYS[3])}`;

/** The fields of a hash and their values. */
export const HASH_SCRIPT: string = `${SELECT}
return redis.call('HGETALL', KEYS[1])`;

/** A string. */
export const STRING_SCRIPT: string = `${SELECT}
return redis.call('GET', KEYS[1])`;

/** A field of a hash. */
export const FIELD_SCRIPT: string = `${SELECT}
return redis.call('HGET', KEYS[1], ARGV[2])`;

/** The fields of a hash. */
export const FIELDS_SCRIPT: string = `${SELECT}
return redis.call('HKEYS', KEYS[1])`;

/** Where a segment's bytes are: id and size. Keys: the hash that names it, sizes. `ARGV`: its field. */
export const LOCATE_SCRIPT: string = `${SELECT}
local id = redis.call('HGET', KEYS[1], ARGV[2])
if not id then return {} end
return {id, redis.call('HGET', KEYS[2], id) or ''}`;

/** Some bytes of a string. `ARGV`: first, last. */
export const BYTES_SCRIPT: string = `${SELECT}
return redis.call('GETRANGE', KEYS[1], ARGV[2], ARGV[3])`;
