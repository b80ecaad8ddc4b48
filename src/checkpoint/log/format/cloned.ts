import { DefaultDeserializer, deserialize } from 'node:v8';

/** How V8's own format begins: a mark, then the version of the format. */
const MARK = 0xff;
/** What stands before a Buffer or typed array in it. */
const HOST_OBJECT = 0x5c;

/** What `serialize` made. Buffers and typed arrays in it get memory of their own: they may outlive the bytes around them by far. */
export function cloned(bytes: Buffer): unknown {
  if (bytes[0] !== MARK) throw new Error('it does not begin as serialized data does');
  if (!bytes.includes(HOST_OBJECT)) return deserialize(bytes);
  const deserializer = new OwnMemoryDeserializer(bytes);
  deserializer.readHeader();
  return deserializer.readValue();
}

class OwnMemoryDeserializer extends DefaultDeserializer {
  _readHostObject(): unknown {
    // @ts-expect-error documented for implementers, not in the types of the class
    const view = super._readHostObject() as ArrayBufferView;
    if (Buffer.isBuffer(view)) return ownBuffer(view);
    if (view instanceof DataView) {
      return new DataView(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
    }
    return (view as Uint8Array).slice();
  }
}

/** A copy in memory of its own; not in the pool that Node shares between small buffers, which one of them would keep whole. */
function ownBuffer(view: Buffer): Buffer {
  const own = Buffer.allocUnsafeSlow(view.length);
  view.copy(own);
  return own;
}
