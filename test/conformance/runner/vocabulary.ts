import { NotRun } from './Case.ts';

/** A function of a vector: a name, or a name with arguments. */
export type Named = string | { readonly fn: string; readonly [argument: string]: unknown };

/** Any function of the vocabulary, with its arguments filled in. */
export type Fn<A extends readonly unknown[], R> = (...args: A) => R;

/** The functions of one kind by name; each is made from the arguments the vector gives. */
// biome-ignore lint/suspicious/noExplicitAny: records of vectors have no type
export type Vocabulary<F> = Readonly<Record<string, (args: Record<string, any>) => F>>;

/** The function a vector names, or {@link NotRun}. */
export function namedFunction<F>(kind: string, named: unknown, vocabulary: Vocabulary<F>): F {
  if (named === undefined || named === null) throw new Error(`expected a function (${kind}), got ${named}`);
  const { fn, ...args } = typeof named === 'string' ? { fn: named } : (named as Exclude<Named, string>);
  const make = Object.hasOwn(vocabulary, fn) ? vocabulary[fn] : undefined;
  if (make === undefined) throw new NotRun(`the function '${fn}' (${kind}) is not in the runner's vocabulary`);
  return make(args);
}
