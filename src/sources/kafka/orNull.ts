import { functionArgument } from '../../core/arguments.ts';
import type { Deserializer } from './Deserializer.ts';

/** The same deserializer, for keys or values that may be null: null stays null. */
export function orNull<T>(deserializer: Deserializer<T>): Deserializer<T | null> {
  functionArgument('orNull(deserializer)', deserializer);
  const wrapped: Deserializer<T | null> = Object.assign(
    (bytes: Buffer, record: Parameters<Deserializer<T>>[1]): T | null => deserializer(bytes, record),
    { takesNull: true as const },
  );
  return deserializer.isText === true ? Object.assign(wrapped, { isText: true as const }) : wrapped;
}
