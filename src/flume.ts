export { FlumeEvent, type FlumeHeaders } from './drivers/flume/events/FlumeEvent.ts';
export { type FlumePullOptions, flumePull } from './sources/flume/pull/flumePull.ts';
export { type FlumePushOptions, flumePush } from './sources/flume/push/flumePush.ts';
