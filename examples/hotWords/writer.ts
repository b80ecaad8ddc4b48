import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/**
 * The process that the pipeline reads from: appends a line of the text to the log twenty times a second, and goes on where
 * the log ends. It lives as long as its standard input is open, so it ends with the process that started it, however that
 * one ends.
 */
const [log = '', perSecond = '20'] = process.argv.slice(2);
const lines = readFileSync(new URL('alice.txt', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n');
const before = existsSync(log) ? readFileSync(log, 'utf8') : '';

// A line that was torn when the writer before was killed.
if (before !== '' && !before.endsWith('\n')) appendFileSync(log, '\n');
let next = before.split('\n').length - 1;

setInterval(() => appendFileSync(log, `${lines[next++ % lines.length]}\n`), 1000 / Number(perSecond));
process.stdin.on('end', () => process.exit()).resume();
