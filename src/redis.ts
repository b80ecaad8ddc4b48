export { type RedisCheckpointOptions, redisCheckpoint } from './checkpoint/redis/redisCheckpoint.ts';
export type { RedisTarget } from './drivers/redis/RedisTarget.ts';
export { type RedisOffsets, type RedisOffsetsOptions, redisOffsets } from './offsets/redis/redisOffsets.ts';
export type {
  RedisExpiry,
  RedisScores,
  RedisTransaction,
  RedisValue,
} from './offsets/redis/transaction/RedisTransaction.ts';
