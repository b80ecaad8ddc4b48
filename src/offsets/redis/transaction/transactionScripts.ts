import { FENCE, OFFSETS, SELECT } from '../redisScripts.ts';
import { COMMAND_CHECKS } from './commandChecks.ts';

/**
 * Begins a transaction; what was begun before can commit no more, not even late. `KEYS[1]`: the owner's hash. `ARGV`: database, epoch, writer,
 * name of the transaction. Answers the time of the batch that was committed last.
 */
export const BEGIN_SCRIPT: string = `${SELECT}${FENCE}
takeAgain()
redis.call('HSET', KEYS[1], 'transaction', ARGV[4])
return {'OK', owner[5] or ''}`;

/**
 * Commits a transaction: all checks, then commands, offsets and batch time. Keys: the owner's hash, then those of offsets, then those of
 * commands. `ARGV`: database, epoch, writer, name of the transaction, name of the next one, batch time, number of keys of offsets, number of
 * offsets; for each offset: index of its key, field, `until`, `from` or nothing, what has been acknowledged or nothing; for each command: name, index of its key, number of arguments,
 * arguments.
 *
 * It begins the next transaction too: under the name it leaves, the next one may commit without having asked.
 *
 * A command that fails although it was checked leaves those before it done. The group is then marked, and nobody goes on without a person.
 */
export const TRANSACTION_SCRIPT: string = `${SELECT}${FENCE}
if owner[4] ~= ARGV[4] then return {'FORGOTTEN'} end
for i = 2, tonumber(ARGV[7]) + 1 do
  local kind = redis.call('TYPE', KEYS[i]).ok
  if kind ~= 'hash' and kind ~= 'none' then
    return redis.error_reply('WRONGTYPE ' .. KEYS[i] .. ' is a ' .. kind .. ', expected a hash of offsets')
  end
end${OFFSETS}
local held, last = {'OK'}, 8 + 5 * tonumber(ARGV[8])
for i = 9, last, 5 do
  local found, refusal = offsetAt(KEYS[tonumber(ARGV[i])], ARGV[i + 1])
  if refusal then return refusal end
  if ARGV[i + 3] ~= '' and found ~= '' and below(ARGV[i + 3], found) then return {'AHEAD', tostring((i - 9) / 5), found} end
  if ARGV[i + 4] ~= '' and (found == '' or below(found, ARGV[i + 4])) then return {'LOST', tostring((i - 9) / 5), found} end
  held[#held + 1] = found
end
${COMMAND_CHECKS}
local i, number = last + 1, 0
while i <= #ARGV do
  local name, key, count = ARGV[i], KEYS[tonumber(ARGV[i + 1])], tonumber(ARGV[i + 2])
  number = number + 1
  local what = wrong(name, key, i + 3, i + 2 + count)
  if what then return redis.error_reply('REFUSED command ' .. number .. ', ' .. name .. ' ' .. key .. ': ' .. what) end
  i = i + 3 + count
end
local done = 0
local function failed(name, key, ...)
  local reply = redis.pcall(name, key, ...)
  if type(reply) ~= 'table' or not reply.err then
    done = done + 1
    return
  end
  if done == 0 then return reply end
  local what = 'batch ' .. ARGV[6] .. ': ' .. done .. ' of its ' .. number .. ' commands were done, then ' .. name .. ' ' .. key .. ' failed: ' .. reply.err
  redis.call('HSET', KEYS[1], 'unfinished', what)
  return {'UNFINISHED', what}
end
i = last + 1
while i <= #ARGV do
  local count = tonumber(ARGV[i + 2])
  local failure = failed(ARGV[i], KEYS[tonumber(ARGV[i + 1])], unpack(ARGV, i + 3, i + 2 + count))
  if failure then return failure end
  i = i + 3 + count
end
for i = 9, last, 5 do
  local found = held[(i - 9) / 5 + 2]
  if found == '' or below(found, ARGV[i + 2]) then
    local failure = failed('HSET', KEYS[tonumber(ARGV[i])], ARGV[i + 1], ARGV[i + 2])
    if failure then return failure end
  end
end
local failure = failed('HSET', KEYS[1], 'time', ARGV[6], 'transaction', ARGV[5])
if failure then return failure end
takeAgain()
return held`;
