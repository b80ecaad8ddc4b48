import { TABLE_COUNT, TABLES } from './crc32cTables.ts';

/** Carries a raw checksum on over bytes; `end - from` is a multiple of 16. */
export type ChecksumBlocks = (crc: number, bytes: Uint8Array, from: number, end: number) => number;

/** Bytes copied into the module's memory at a time: they stay in the processor's cache. */
const CHUNK = 32 * 1024;

// Of WebAssembly's instructions, those that are used here.
const BLOCK = 0x02;
const LOOP = 0x03;
const END = 0x0b;
const BR = 0x0c;
const BR_IF = 0x0d;
const LOCAL_GET = 0x20;
const LOCAL_SET = 0x21;
const I32_LOAD = 0x28;
const I32_CONST = 0x41;
const I32_GE_U = 0x4f;
const I32_ADD = 0x6a;
const I32_AND = 0x71;
const I32_XOR = 0x73;
const I32_SHL = 0x74;
const I32_SHR_U = 0x76;
const I32 = 0x7f;
const NOTHING = 0x40;

// The function's parameters and its local.
const CRC = 0;
const AT = 1;
const STOP = 2;
const WORD = 3;

/**
 * The inner loop of the checksum as WebAssembly, which the same loop in JavaScript is half as fast as; `undefined` where
 * there is no WebAssembly.
 */
export function crc32cWasm(): ChecksumBlocks | undefined {
  const { WebAssembly } = globalThis as { WebAssembly?: WebAssemblyApi };
  if (WebAssembly === undefined) return undefined;
  const { memory, blocks } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes())).exports;
  new Int32Array(memory.buffer).set(TABLES);
  const start = TABLES.byteLength;
  const input = new Uint8Array(memory.buffer, start, CHUNK);
  return (crc, bytes, from, end) => {
    let sum = crc;
    for (let at = from; at < end; at += CHUNK) {
      const size = Math.min(CHUNK, end - at);
      input.set(bytes.subarray(at, at + size));
      sum = blocks(sum, start, start + size);
    }
    return sum;
  };
}

/** What is used of WebAssembly, which the language's own types do not have. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
  ) => {
    readonly exports: {
      readonly memory: { readonly buffer: ArrayBuffer };
      readonly blocks: (crc: number, at: number, stop: number) => number;
    };
  };
}

/** blocks(crc, at, stop): while at < stop, sixteen bytes a step, each looked up in its own table. */
function loopBody(): number[] {
  const body = [1, 1, I32, BLOCK, NOTHING, LOOP, NOTHING];
  body.push(LOCAL_GET, AT, LOCAL_GET, STOP, I32_GE_U, BR_IF, 1);
  // The word that waits for the last step's checksum comes last; the lookups before it do not wait for it.
  for (let word = TABLE_COUNT / 4 - 1; word >= 0; word--) {
    body.push(LOCAL_GET, AT, I32_LOAD, 2, word * 4);
    if (word === 0) body.push(LOCAL_GET, CRC, I32_XOR);
    body.push(LOCAL_SET, WORD);
    for (let byte = 3; byte >= 0; byte--) {
      const table = TABLE_COUNT - 1 - word * 4 - byte;
      body.push(LOCAL_GET, WORD, I32_CONST, ...signed(byte === 0 ? 2 : byte * 8 - 2), byte === 0 ? I32_SHL : I32_SHR_U);
      body.push(I32_CONST, ...signed(0x3fc), I32_AND, I32_LOAD, 2, ...unsigned(table * 1024));
      if (table > 0) body.push(I32_XOR);
    }
  }
  body.push(LOCAL_SET, CRC, LOCAL_GET, AT, I32_CONST, ...signed(TABLE_COUNT), I32_ADD, LOCAL_SET, AT);
  body.push(BR, 0, END, END, LOCAL_GET, CRC, END);
  return body;
}

function moduleBytes(): Uint8Array {
  const pages = Math.ceil((TABLES.byteLength + CHUNK) / 65_536);
  const body = loopBody();
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 3, I32, I32, I32, 1, I32]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, pages]),
    ...section(7, [2, ...name('memory'), 2, 0, ...name('blocks'), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function name(text: string): number[] {
  return [text.length, ...Buffer.from(text)];
}

function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** A number that is not negative, so that it is not read as one. */
function signed(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >>> 7)];
}
