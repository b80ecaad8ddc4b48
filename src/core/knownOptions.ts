import { isOptions, refuse } from './arguments.ts';

/** The names of all options of a type: one that is forgotten does not compile. */
export type KnownOptions<O> = Readonly<Record<keyof O, true>>;

/**
 * Options as an object, of which every one is known, or `INVALID_ARGUMENT`: a name that is misspelt would be an option that is left out. What is
 * `undefined` is left out, whatever its name.
 */
export function knownOptions<O extends object>(where: string, options: O, known: KnownOptions<O>): void {
  const names = Object.keys(known);
  if (!isOptions(options)) {
    const some = names.length > 4 ? [...names.slice(0, 4), '...'] : names;
    refuse(where, `options like { ${some.join(', ')} }`, options);
  }
  const unknown = Object.entries(options).find(([name, value]) => value !== undefined && !Object.hasOwn(known, name));
  if (unknown === undefined) return;
  const [name] = unknown;
  const meant = nearest(name, names);
  refuse(
    where,
    `an option among ${names.join(', ')}`,
    name,
    meant === undefined ? undefined : `Did you mean ${meant}?`,
  );
}

/** The name that was probably meant: few letters away, or with more or fewer words at an end. */
function nearest(written: string, names: readonly string[]): string | undefined {
  const lower = written.toLowerCase();
  const most = Math.min(3, Math.ceil(written.length / 2));
  const [best] = names
    .map((name) => ({
      name,
      away: isPartOf(lower, name.toLowerCase()) ? 1 : lettersBetween(lower, name.toLowerCase()),
    }))
    .filter(({ away }) => away <= most)
    .sort((left, right) => left.away - right.away);
  return best?.name;
}

function isPartOf(left: string, right: string): boolean {
  const [short, long] = left.length < right.length ? [left, right] : [right, left];
  return short.length > 2 && (long.startsWith(short) || long.endsWith(short));
}

/** How many letters have to be put in, left out or changed to make one of the other (Levenshtein's distance). */
function lettersBetween(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (const [at, letter] of [...left].entries()) {
    const next = [at + 1];
    for (const [to, other] of [...right].entries()) {
      const changed = (row[to] as number) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (row[to + 1] as number) + 1, (next[to] as number) + 1));
    }
    row = next;
  }
  return row.at(-1) as number;
}
