import type { KafkaRecord } from '../../drivers/kafka/KafkaRecord.ts';
import type { Deserializer } from './Deserializer.ts';
import { AS_BYTES, TypedKafkaRecord } from './TypedKafkaRecord.ts';

/** What a deserializer threw, and which part of the record it was given. */
export class Undecodable {
  readonly part: 'key' | 'value';
  readonly error: unknown;

  constructor(part: 'key' | 'value', error: unknown) {
    this.part = part;
    this.error = error;
  }
}

/** Makes the record that the user sees of the one that was read; throws {@link Undecodable}. */
export type RecordDecoder<R> = (raw: KafkaRecord) => R;

/** The decoder for these deserializers; `undefined` if there are none and records stay as they are read. */
export function recordDecoder<K, V>(
  key: Deserializer<K> | undefined,
  value: Deserializer<V> | undefined,
): RecordDecoder<TypedKafkaRecord<K, V>> | undefined {
  if (key === undefined && value === undefined) return undefined;
  if (key === undefined) {
    const readValue = partDecoder('value', value as Deserializer<V>);
    return (raw) => new TypedKafkaRecord<K, V>(raw, AS_BYTES, readValue(raw));
  }
  const readKey = partDecoder('key', key);
  if (value === undefined) return (raw) => new TypedKafkaRecord<K, V>(raw, readKey(raw), AS_BYTES);
  const readValue = partDecoder('value', value);
  return (raw) => new TypedKafkaRecord(raw, readKey(raw), readValue(raw));
}

function partDecoder<T>(part: 'key' | 'value', deserializer: Deserializer<T>): (raw: KafkaRecord) => T {
  const { takesNull = false } = deserializer;
  if (deserializer.isText === true) {
    const text = part === 'key' ? 'keyText' : 'valueText';
    return (raw) => (raw[text] ?? absent(part, takesNull)) as T;
  }
  return (raw) => {
    const bytes = raw[part];
    if (bytes === null) return absent(part, takesNull) as T;
    try {
      return deserializer(bytes, raw);
    } catch (error) {
      throw new Undecodable(part, error);
    }
  };
}

function absent(part: 'key' | 'value', takesNull: boolean): null {
  if (takesNull) return null;
  throw new Undecodable(part, new Error(`it is null; if that may be, wrap the deserializer: ${part}: orNull(...)`));
}
