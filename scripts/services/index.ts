export { ChildServer, type ChildServerOptions } from './ChildServer.ts';
export { type FlumeCertificate, flumeCertificate } from './flume/flumeCertificate.ts';
export { FLUME_1_9, FLUME_1_11, type FlumeAgent, type FlumeOptions, startFlumeAgent } from './flume/startFlumeAgent.ts';
export { type SparkSinkAgent, type SparkSinkOptions, startSparkSink } from './flume/startSparkSink.ts';
export { type KafkaTool, kafkaTool } from './kafka/kafkaTools.ts';
export { KAFKA_3, KAFKA_4, type KafkaBroker, type KafkaOptions, startKafka } from './kafka/startKafka.ts';
export { type KafkaCluster, startKafkaCluster } from './kafka/startKafkaCluster.ts';
export { type SecureKafka, startSecureKafka } from './kafka/startSecureKafka.ts';
export { createTopic, produce, type TopicOptions } from './kafka/topics.ts';
export { nodeRelease } from './node/nodeRelease.ts';
export { type PostgresServer, startPostgres } from './postgres/startPostgres.ts';
export { type RedisOptions, type RedisServer, startRedis } from './redis/startRedis.ts';
export { type RedisSentinels, startRedisSentinels } from './redis/startRedisSentinels.ts';
export {
  startZookeeper,
  ZOOKEEPER,
  type ZookeeperOptions,
  type ZookeeperServer,
} from './zookeeper/startZookeeper.ts';
export { startZookeeperEnsemble, type ZookeeperEnsemble } from './zookeeper/startZookeeperEnsemble.ts';
