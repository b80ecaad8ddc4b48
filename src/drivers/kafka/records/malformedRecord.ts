/** Bytes that break the record format; whoever knows their place makes a `StreamError` of it. */
export class MalformedRecord extends Error {}

/** What a decoder throws at a record or batch that breaks its format. */
export function malformedRecord(what: string): never {
  throw new MalformedRecord(what);
}
