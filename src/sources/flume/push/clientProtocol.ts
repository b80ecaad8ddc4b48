/** A declared type is what we can read. */
type Matches = (type: unknown) => boolean;

/**
 * Why a client with this protocol cannot be served; `undefined`: it can. What we read and write has to have the same structure;
 * documentation, names of records, aliases and hints for Java do not matter. The text is from outside: nothing of it is believed.
 */
export function whyNotServed(text: string): string | undefined {
  let protocol: Record<string, unknown>;
  try {
    const parsed: unknown = JSON.parse(text);
    if (!isObject(parsed)) return 'its protocol is no JSON object';
    protocol = parsed;
  } catch {
    return 'its protocol is no JSON';
  }
  const types = new Map<unknown, unknown>();
  for (const type of listOf(protocol.types)) if (isObject(type)) types.set(type.name, type);
  const named = (type: unknown): unknown => {
    const name = isObject(type) && typeof type.type === 'string' && !('name' in type) ? type.type : type;
    if (typeof name !== 'string') return type;
    return types.get(name) ?? types.get(name.slice(name.lastIndexOf('.') + 1)) ?? type;
  };
  const messages = isObject(protocol.messages) ? protocol.messages : {};
  const served = ['append', 'appendBatch'].filter((name) => Object.hasOwn(messages, name));
  if (served.length === 0) return 'its protocol has neither append nor appendBatch';
  const wrong = served.find((name) => !isMessage(messages[name], name === 'append' ? event : arrayOf(event)));
  return wrong === undefined ? undefined : `its ${wrong} is another one than Flume's`;

  function isMessage(message: unknown, parameter: Matches): boolean {
    if (!isObject(message) || message['one-way'] === true || listOf(message.errors).length > 0) return false;
    const request = listOf(message.request);
    return request.length === 1 && isObject(request[0]) && parameter(request[0].type) && status(message.response);
  }

  function event(type: unknown): boolean {
    const record = named(type);
    if (!isObject(record) || record.type !== 'record') return false;
    const [headers, body, ...more] = listOf(record.fields);
    if (!isObject(headers) || !isObject(body) || more.length > 0) return false;
    return headers.name === 'headers' && isTextMap(headers.type) && body.name === 'body' && isPlain('bytes')(body.type);
  }

  function isTextMap(type: unknown): boolean {
    return isObject(type) && type.type === 'map' && isPlain('string')(type.values);
  }

  function arrayOf(items: Matches): Matches {
    return (type) => isObject(type) && type.type === 'array' && items(type.items);
  }

  function status(type: unknown): boolean {
    const given = named(type);
    return isObject(given) && given.type === 'enum' && listOf(given.symbols).join() === 'OK,FAILED,UNKNOWN';
  }
}

/** `"string"`, or the same with hints: `{ "type": "string", "avro.java.string": "String" }`. */
function isPlain(name: string): Matches {
  return (type) => type === name || (isObject(type) && type.type === name);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
