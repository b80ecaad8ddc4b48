import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Case, expectedError, readCases } from './runner/Case.ts';
import { planCase } from './runner/planCase.ts';
import { runFolder } from './runner/runFolder.ts';

const cases = readCases(import.meta.dirname);
const runnable = cases.filter((given) => 'run' in planCase(given));

describe('Spark does', () => {
  for (const given of runnable) {
    it(`${given.id}: ${given.operation}`, async () => {
      expect(await run(given)).toBeUndefined();
    });
  }
});

describe('the conformance runner', () => {
  it('runs every case or says why it does not', () => {
    const reasons = cases.map(planCase).flatMap((planned) => ('reason' in planned ? [planned.reason] : []));
    expect(reasons.length).toBe(cases.length - runnable.length);
    expect(reasons.filter((reason) => reason.length < 20)).toEqual([]);
  });

  it('has a decision record for every difference it names', () => {
    const reasons = cases.map(planCase).flatMap((planned) => ('reason' in planned ? [planned.reason] : []));
    const records = new Set(reasons.flatMap((reason) => /docs\/decisions\/\S+\.md/.exec(reason) ?? []));
    expect(records.size).toBeGreaterThan(3);
    for (const record of records) expect(() => readCasesOf(record)).not.toThrow();
  });

  for (const given of runnable) {
    it(`notices that ${given.id} was expected otherwise`, async () => {
      for (const wrong of otherwise(given)) expect(await run(wrong)).toBeDefined();
    });
  }

  it('fails where too little comes, and where an error does not come', async () => {
    const given = cases.find(({ id }) => id === 'basic-map') as Case;
    const [first, second] = given.expected as unknown[];
    expect(await run({ ...given, expected: [first, second, ['9', '10', '11', '12', '13']] })).toBeDefined();
    expect(await run({ ...given, expected: [first, second, { error: {} }] })).toBeDefined();
  });
});

describe('a folder of cases', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'conformance-folder-'));
    const [map, filter] = cases.filter(({ id }) => id === 'basic-map' || id === 'basic-filter') as [Case, Case];
    const wrong = { ...filter, id: 'wrong-filter', expected: [[2], [6, 8], [10, 12]] };
    writeFileSync(join(folder, 'a.json'), JSON.stringify([map, wrong]));
    writeFileSync(join(folder, 'b.json'), JSON.stringify([{ ...map, id: 'new-kind', kind: 'graph' }]));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('gives a line for each failure and each case not run, and the tally at last', async () => {
    const lines: string[] = [];
    expect(await runFolder(folder, (line) => lines.push(line))).toEqual({ passed: 1, failed: 1, skipped: 1 });
    expect(lines).toEqual([
      expect.stringMatching(/^FAILED {2}wrong-filter: expected .*\[2\].*, got .*\[2,4\]/),
      "skipped new-kind: the runner does not know cases of kind 'graph'",
      '1 passed, 1 failed, 1 skipped',
    ]);
  });
});

describe('a folder of cases that make no sense', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'conformance-nonsense-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('fails one by one, and says what is wrong', async () => {
    const map = cases.find(({ id }) => id === 'basic-map') as Case;
    const nonsense = [
      null,
      { ...map, id: 'no-steps', params: { pipeline: 'map' } },
      { ...map, id: 'no-function', params: { pipeline: [{ op: 'map' }] } },
      { ...map, id: 'no-other', params: { pipeline: [{ op: 'union', other: { stream: 'right' } }] } },
      { ...map, id: 'no-batch', input: [5] },
      { ...map, id: 'no-expectations', expected: {} },
      { ...map, id: 'between-batches', expectedTimesMs: [1000, 2000, 2500] },
      { ...map, id: 'no-stop', kind: 'recovery' },
      { ...map, id: 'no-params', params: undefined },
    ];
    writeFileSync(join(folder, 'a.json'), '[{');
    writeFileSync(join(folder, 'b.json'), '{}');
    writeFileSync(join(folder, 'c.json'), JSON.stringify([...nonsense, map]));
    const lines: string[] = [];
    const tally = await runFolder(folder, (line) => lines.push(line));
    expect(lines.join('\n')).toContain('expected a function (one value), got undefined');
    expect(lines.join('\n')).toContain("expected a source among source, got 'right'");
    expect(lines.join('\n')).toContain('the last expectation is after 2.5 batches');
    expect(tally).toEqual({ passed: 1, failed: nonsense.length + 2, skipped: 0 });
  });
});

function run(given: Case): Promise<unknown> {
  const planned = planCase(given);
  return 'run' in planned ? planned.run() : Promise.reject(new Error(`not run: ${planned.reason}`));
}

/** The case with each of its expectations changed, one at a time. */
function otherwise(given: Case): readonly Case[] {
  const expected = given.expected ?? [];
  return expected.map((value, at) => ({ ...given, expected: expected.with(at, changed(value)) }));
}

function changed(value: unknown): unknown {
  const error = expectedError(value);
  if (error !== undefined) return { error: { ...error, messageContains: 'something else entirely' } };
  if (Array.isArray(value)) return [...value, 'one too many'];
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  return typeof value === 'object' && value !== null
    ? { ...value, [Object.keys(value)[0] ?? '']: 'other' }
    : `${value}!`;
}

function readCasesOf(record: string): unknown {
  return readFileSync(join(import.meta.dirname, '../..', record));
}
