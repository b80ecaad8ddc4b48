/**
 * THE layering of this project: who may import whom. Change this table only together with a decision record in
 * docs/decisions that says why; a file that does not fit usually belongs into another room.
 */
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsOf, type SourceFile, sourceFiles } from './sourceFiles.ts';

/** The files that are a room's door: its contract, which siblings and the runtime may know. */
const CONTRACTS = ['sources/Source.ts', 'offsets/OffsetStore.ts', 'checkpoint/CheckpointStore.ts'];
const CLIENTS = ['kafkajs', 'ioredis', 'lmdb', 'node-zookeeper-client', 'pg', 'better-sqlite3', 'libsql'];

/** For each room what it may import: rooms, single files, packages, `node:`. Its own files always. */
const may: Readonly<Record<string, readonly string[]>> = {
  core: ['rxjs'],
  operators: ['core', 'rxjs'],
  drivers: ['core', 'rxjs', 'node:', ...CLIENTS],
  sources: ['core', 'drivers', 'rxjs', 'node:', ...CONTRACTS],
  offsets: ['core', 'drivers', 'rxjs', 'node:', ...CONTRACTS],
  checkpoint: ['core', 'drivers', 'rxjs', 'node:', ...CONTRACTS],
  outputs: ['core', 'drivers', 'rxjs', 'node:', ...CONTRACTS],
  // Contracts only, never a driver. The memory checkpoint is what every context has by default.
  runtime: ['core', 'rxjs', 'checkpoint/memory', ...CONTRACTS],
  testing: [
    'core',
    'runtime',
    'operators',
    'sources',
    'offsets',
    'checkpoint',
    'outputs',
    'rxjs',
    'rxjs/testing',
    'node:',
  ],
};

/** The entry points in `src/` itself re-export; each says which drivers importing it loads. */
const entries: Readonly<Record<string, readonly string[]>> = {
  'index.ts': [],
  'file.ts': ['node:'],
  'socket.ts': ['node:'],
  'kafka.ts': ['node:', 'kafkajs'],
  'redis.ts': ['node:', 'ioredis'],
  'lmdb.ts': ['node:', 'lmdb'],
  'receiver.ts': ['node:'],
  'flume.ts': ['node:'],
  'zookeeper.ts': ['node:', 'node-zookeeper-client'],
  'sql.ts': ['node:', 'pg', 'better-sqlite3', 'libsql'],
};

describe('layers', () => {
  const inRooms = sourceFiles.filter(({ path }) => path.includes('/'));
  const atTheDoor = sourceFiles.filter(({ path }) => !path.includes('/'));

  it('every file imports only what its room may', () => {
    const wrong = inRooms.flatMap((file) =>
      importsOf(file)
        .filter((specifier) => !isAllowed(file, specifier))
        .map((specifier) => `${file.path} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it('the files in src itself are the known entry points and only re-export', () => {
    expect(atTheDoor.map(({ path }) => path).filter((path) => !(path in entries))).toEqual([]);
    const doing = atTheDoor.filter(({ code }) => code.replace(/^export\s[^;]*?\sfrom\s'[^']+';$/gms, '').trim() !== '');
    expect(doing.map(({ path }) => path)).toEqual([]);
  });

  it.each(Object.entries(entries))('importing %s loads no package but rxjs and %j', (path, allowed) => {
    const entry = sourceFiles.find((file) => file.path === path);
    const loaded = entry ? [...packagesLoadedBy(entry)] : [`${path} is missing`];
    const kinds = loaded.map((name) => (name.startsWith('node:') ? 'node:' : name));
    expect(kinds.filter((kind) => kind !== 'rxjs' && !allowed.includes(kind))).toEqual([]);
  });

  it('notices a file in the wrong room', () => {
    const file = (path: string): SourceFile => ({ path, text: '', code: '' });
    expect(isAllowed(file('operators/x.ts'), 'node:fs')).toBe(false);
    expect(isAllowed(file('operators/x.ts'), '../drivers/kafka/KafkaDriver.ts')).toBe(false);
    expect(isAllowed(file('runtime/x.ts'), '../drivers/files/replaceFile.ts')).toBe(false);
    expect(isAllowed(file('runtime/x.ts'), '../sources/queue/queue.ts')).toBe(false);
    expect(isAllowed(file('sources/kafka/x.ts'), '../../offsets/redis/redisOffsets.ts')).toBe(false);
    expect(isAllowed(file('sources/kafka/x.ts'), 'kafkajs')).toBe(false);
    expect(isAllowed(file('drivers/kafka/x.ts'), 'kafkajs')).toBe(true);
    expect(isAllowed(file('sources/kafka/x.ts'), '../../offsets/OffsetStore.ts')).toBe(true);
  });
});

function isAllowed(file: SourceFile, specifier: string): boolean {
  const room = roomOf(file.path);
  const allowed = may[room];
  if (!allowed) return false;
  if (specifier.startsWith('node:')) return allowed.includes('node:');
  if (!specifier.startsWith('.')) return allowed.includes(specifier);
  const target = resolved(file, specifier);
  return [room, ...allowed].some((known) => target === known || target.startsWith(`${known}/`));
}

function roomOf(path: string): string {
  return path.split('/', 1)[0] as string;
}

function resolved(file: SourceFile, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(file.path), specifier));
}

/** Everything outside the package that importing `file` brings in at run time; `import type` brings nothing. */
function packagesLoadedBy(file: SourceFile, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>();
  if (seen.has(file.path)) return packages;
  seen.add(file.path);
  for (const specifier of runtimeImportsOf(file)) {
    if (!specifier.startsWith('.')) packages.add(specifier);
    const next = sourceFiles.find(({ path }) => path === resolved(file, specifier));
    if (next) for (const name of packagesLoadedBy(next, seen)) packages.add(name);
  }
  return packages;
}

function runtimeImportsOf(file: SourceFile): string[] {
  const values = file.code.replace(/\b(?:import|export)\s+type\s[^;]*;/g, '');
  return importsOf({ ...file, code: values });
}
