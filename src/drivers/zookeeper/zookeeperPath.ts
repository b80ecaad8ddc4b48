/** Whether ZooKeeper takes this UTF-16 unit in no path: control characters, surrogates, private use, the last of the plane. */
function isRefused(unit: number): boolean {
  return unit <= 0x1f || (unit >= 0x7f && unit <= 0x9f) || (unit >= 0xd800 && unit <= 0xf8ff) || unit >= 0xfff0;
}

/** Whether `path` is a node's: it begins with a slash, does not end with one, and names no empty, `.` or `..` part. */
export function isZooKeeperPath(path: string): boolean {
  if (!path.startsWith('/')) return false;
  for (let i = 0; i < path.length; i++) if (isRefused(path.charCodeAt(i))) return false;
  const names = path.slice(1).split('/');
  return names.every((name) => name !== '' && name !== '.' && name !== '..');
}

/** The names of most topics and groups. */
const PLAIN = /^\w[\w.-]*$/;

/**
 * The text as the name of one node: itself where ZooKeeper takes it, as it does any name of a Kafka topic. What it does not take, and `%`,
 * is percent-encoded, as in a URL.
 */
export function nodeName(text: string): string {
  if (PLAIN.test(text)) return text;
  if (text === '') return '%';
  if (text === '.' || text === '..') return text.replaceAll('.', '%2E');
  let name = '';
  for (const char of text) {
    const encoded = char === '/' || char === '%' || isRefused(char.charCodeAt(0));
    name += encoded ? percentEncoded(char) : char;
  }
  return name;
}

/** The text whose {@link nodeName} it is; a name that is none stands for itself. */
export function nameText(name: string): string {
  if (name === '%') return '';
  if (!name.includes('%')) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** Every byte of the text as `%` and two digits. */
export function percentEncoded(text: string): string {
  return Buffer.from(text).toString('hex').toUpperCase().replaceAll(/../g, '%$&');
}

/** The nodes above `path`, from the top down. */
export function nodesAbove(path: string): readonly string[] {
  const above: string[] = [];
  for (let slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
    above.push(path.slice(0, slash));
  }
  return above;
}
