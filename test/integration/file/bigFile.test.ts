import { createWriteStream, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGzip } from 'node:zlib';
import { expect, it } from 'vitest';
import { runTypeScript } from '../../support/runTypeScript.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const folder = temporaryFolder();
const countBigFile = fileURLToPath(new URL('countBigFile.ts', import.meta.url));
const CHUNK = Buffer.from('the quick brown fox jumps over the lazy dog\r\n'.repeat(20_000));
const CHUNKS = 500;

it.each(['plain.txt', 'packed.txt.gz'])(
  'a file of 450 MB (%s) is read in batches and never held whole',
  {
    timeout: 180_000,
  },
  async (name) => {
    const inbox = join(folder, name, 'in');
    mkdirSync(inbox, { recursive: true });
    const draft = join(folder, name, 'draft');
    const chunks = Readable.from(Array.from({ length: CHUNKS }, () => CHUNK));
    if (name.endsWith('.gz')) await pipeline(chunks, createGzip({ level: 1 }), createWriteStream(draft));
    else await pipeline(chunks, createWriteStream(draft));
    renameSync(draft, join(inbox, name));
    const program = runTypeScript(countBigFile, [inbox, String(CHUNKS * 20_000)], folder);
    expect([await program.exited(), program.errors]).toEqual([0, '']);
    const { lines, batches, megabytes } = JSON.parse(program.output) as Record<string, number>;
    expect(lines).toBe(CHUNKS * 20_000);
    expect(batches).toBeGreaterThan(50);
    expect(megabytes).toBeLessThan((CHUNK.length * CHUNKS) / 1e6 - 100);
  },
);
