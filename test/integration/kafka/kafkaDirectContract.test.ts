import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { promised } from '../../../src/core/Answer.ts';
import { type RecordRun, SOURCE, type Source, type SourceObservable } from '../../../src/index.ts';
import { asText, kafkaDirect, type TypedKafkaRecord } from '../../../src/kafka.ts';
import { sourceContract } from '../../../src/testing/sourceContract.ts';
import { PATIENT } from '../../support/patient.ts';
import { createTopic, freshName, kafkaBrokers, produce, skipUnless } from '../services.ts';

skipUnless('kafka')('kafkaDirect on a real Kafka', () => {
  for (const partitions of [1, 3]) {
    sourceContract<string>(
      { describe, it, expect },
      {
        name: `kafkaDirect, ${partitions} partition${partitions > 1 ? 's, one of which has records' : ''}`,
        patienceMs: PATIENT.timeout,
        async make() {
          const topic = freshName('contract');
          await createTopic(kafkaBrokers(), topic, { partitions });
          const source = () =>
            shown(
              kafkaDirect({ kafka: { brokers: kafkaBrokers() }, topics: [topic], from: 'earliest', value: asText() }),
            );
          let fed = 0;
          return {
            source: source(),
            async feed(count) {
              const values = Array.from({ length: count }, () => `record ${fed++}`);
              await produce(
                kafkaBrokers(),
                topic,
                values.map((value) => ({ value, partition: partitions - 1 })),
              );
              return values.map((value, i) => `${topic}[${partitions - 1}] ${fed - count + i}: ${value}`);
            },
            reopen: source,
          };
        },
      },
    );
  }
});

type KafkaRecordOf = TypedKafkaRecord<Buffer | null, string>;

const show = ({ topic, partition, offset, value }: KafkaRecordOf): string =>
  `${topic}[${partition}] ${offset}: ${value}`;

/** The same source with records that the suite can compare: a record holds the whole answer it came in. */
function shown(source: SourceObservable<KafkaRecordOf>): SourceObservable<string> {
  const make = (): Source<string> => {
    const inner = source[SOURCE]();
    return {
      name: inner.name,
      replayable: inner.replayable,
      wakes: inner.wakes,
      open: (opening) => inner.open(opening),
      cut: (time, limit) => inner.cut(time, limit),
      async read(cut) {
        const records = (await promised(() => inner.read(cut))) as RecordRun<KafkaRecordOf>;
        return { run: (visit) => records.run((record) => visit(show(record))) };
      },
      settled: (cut) => inner.settled(cut),
      close: () => inner.close(),
    };
  };
  return Object.assign(source.pipe(map(show)), { [SOURCE]: make });
}
