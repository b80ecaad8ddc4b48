/** Law 7 for every function that users call: a wrong argument throws where it is written, an option that does not exist is one. */
import { describe, expect, it } from 'vitest';
import { shown } from '../../src/core/arguments.ts';
import { isStreamError } from '../../src/core/errors.ts';
import * as file from '../../src/file.ts';
import * as flume from '../../src/flume.ts';
import * as root from '../../src/index.ts';
import * as kafka from '../../src/kafka.ts';
import * as lmdb from '../../src/lmdb.ts';
import * as operators from '../../src/operators/index.ts';
import * as receiver from '../../src/receiver.ts';
import * as redis from '../../src/redis.ts';
import * as socket from '../../src/socket.ts';
import * as sql from '../../src/sql.ts';
import * as testing from '../../src/testing/index.ts';
import * as zookeeper from '../../src/zookeeper.ts';
import { sourceFiles } from '../architecture/sourceFiles.ts';
import type { Argument } from './Argument.ts';
import { operatorArguments } from './operators.ts';
import { constructed, constructedArguments, rootArguments } from './root.ts';
import * as subpaths from './subpaths.ts';
import { testingArguments } from './testing.ts';

type Called = (...args: unknown[]) => unknown;

const modules: readonly (readonly [string, object, Readonly<Record<string, readonly Argument[]>>])[] = [
  ['operators', operators, operatorArguments],
  ['the root', root, rootArguments],
  ['contexts', constructed, constructedArguments],
  ['file', file, subpaths.fileArguments],
  ['socket', socket, subpaths.socketArguments],
  ['kafka', kafka, subpaths.kafkaArguments],
  ['redis', redis, subpaths.redisArguments],
  ['receiver', receiver, subpaths.receiverArguments],
  ['flume', flume, subpaths.flumeArguments],
  ['zookeeper', zookeeper, subpaths.zookeeperArguments],
  ['sql', sql, subpaths.sqlArguments],
  ['lmdb', lmdb, subpaths.lmdbArguments],
  ['testing', testing, testingArguments],
];

describe.each(modules)('%s', (_module, functions, register) => {
  describe.each(Object.entries(register))('%s', (name, args) => {
    const called = functions[name as keyof typeof functions] as Called;
    const right = args.map((argument) => argument.right);

    it('takes what is right', async () => {
      const given = await called(...right);
      if (name === 'stopGracefullyOnShutdown') (given as () => void)();
    });

    it('is written here with options if it takes any', () => {
      const signatures = signaturesOf(functions === constructed ? 'contextParts' : name);
      expect(signatures).not.toEqual([]);
      const takesOptions = signatures.some((signature) => /\boptions\??:/.test(signature));
      expect(args.at(-1)?.options !== undefined).toBe(takesOptions);
    });

    const wrong = args.flatMap(({ wrong }, at) => wrong.map((value) => ({ at, value, told: shown(value) })));
    if (wrong.length > 0)
      it.each(wrong)('refuses $told as argument $at', ({ at, value, told }) => {
        expect(messageOf(() => called(...right.with(at, value)))).toMatch(refusal(name, told));
      });

    for (const [at, argument] of args.entries()) {
      if (argument.options === undefined) continue;
      const known = Object.keys(argument.options);
      const given = argument.right as object | undefined;

      it('refuses an option that does not exist, and says which do', () => {
        const message = messageOf(() => called(...right.with(at, { ...given, colour: 'red' })));
        expect(message).toMatch(refusal(name, '"colour"'));
        const listed = /expected an option among (.*), got/.exec(message)?.[1]?.split(', ');
        expect(listed?.toSorted()).toEqual(known.toSorted());
      });

      it('leaves out an option that is undefined, whatever its name', () => {
        called(...right.with(at, { ...given, colour: undefined }));
      });

      const options = Object.entries(argument.options).flatMap(([option, { wrong }]) =>
        wrong.map((value) => ({ option, value, told: shown(value) })),
      );
      if (options.length > 0)
        it.each(options)('refuses the option $option: $told', ({ option, value, told }) => {
          const message = messageOf(() => called(...right.with(at, { ...given, [option]: value })));
          expect(message).toMatch(refusal(name, told));
          expect(message).toContain(option);
        });
    }
  });
});

/** How a function is written: each overload, from its name to its result. */
function signaturesOf(name: string): string[] {
  const signature = new RegExp(`export (?:async )?(?:function|const) ${name}\\b[\\s\\S]*?\\): `, 'g');
  return sourceFiles.flatMap(({ code }) => [...code.matchAll(signature)].map(([found]) => found));
}

/** Where, what was expected, and what came. */
function refusal(name: string, told: string): RegExp {
  const escaped = told.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^(?:new |new StreamingContext\\({ )?${name}\\b.*: expected .*, got ${escaped}\\.`);
}

function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    if (isStreamError(error)) return error.message;
  }
  throw new Error('nothing was refused');
}
