/** Counts the words of the files that come into a folder, and writes the counts of each batch into a folder of their own. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { batchInterval, flatMapRecords, mapRecords, reduceByKey, StreamingContext } from 'rx-dstream';
import { saveAsTextFiles, textFiles } from 'rx-dstream/file';

const home = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'files-to-files-'));
const inbox = join(home, 'in');
mkdirSync(inbox, { recursive: true });

const stream = new StreamingContext({ interval: 500 });

textFiles(inbox)
  .pipe(
    batchInterval(stream),
    flatMapRecords((line) => line.split(' ')),
    mapRecords((word) => [word, 1] as const),
    reduceByKey((a, b) => a + b),
    saveAsTextFiles(join(home, 'out', 'words')),
  )
  .subscribe({ complete: tell });

// Somebody who writes files: elsewhere first, then into the folder in one step, so that no half file is ever read.
const verses = ['to be or not to be\nthat is the question', 'the rest is silence'];

stream.progress$.subscribe((event) => {
  if (event.type !== 'batch') return;
  const verse = verses.shift();
  if (verse === undefined) return;
  const draft = join(home, 'draft');
  writeFileSync(draft, verse);
  renameSync(draft, join(inbox, `verse-${event.time}.txt`));
  // A graceful stop takes in what has come until the next tick.
  if (verses.length === 0) void stream.stop({ graceful: true });
});

function tell(): void {
  const out = join(home, 'out');
  for (const folder of readdirSync(out).sort()) {
    const counts = readFileSync(join(out, folder, 'part-00000'), 'utf8');
    if (counts !== '') console.log(`${join(out, folder)}\n${counts}`);
  }
}
