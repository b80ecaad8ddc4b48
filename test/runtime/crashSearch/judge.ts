import { A, B, type LogRecord, recordAt } from './parts.ts';
import { type Kind, pairOf, SLIDE, sideKeeps, totalsAreSeen, WINDOW } from './pipeline.ts';
import type { Effect, Outside, Plan } from './World.ts';

/** What the laws say about everything that was seen from outside; answers the violations. */
export function violations(outside: Outside): string[] {
  const history = historyOf(outside.plans);
  return [
    ...brokenHistory(outside.plans, history),
    ...wrongEffects(outside.effects, history),
    ...missingEffects(outside.effects, history),
    ...lateRepeats(outside.effects),
    ...earlyCommits(outside, history),
  ];
}

/** The batches that count: for a time planned twice (it never should be) the last plan. */
function historyOf(plans: readonly Plan[]): readonly Plan[] {
  return [...new Map(plans.map((plan) => [plan.time, plan])).values()].sort((x, y) => x.time - y.time);
}

/** Law 1 and 3: times rise, ranges follow each other without gap or overlap, to the end of each log. */
function brokenHistory(plans: readonly Plan[], history: readonly Plan[]): string[] {
  const broken: string[] = [];
  if (plans.some((plan, at) => at > 0 && plan.time <= (plans[at - 1] as Plan).time))
    broken.push('batch times do not rise');
  for (const log of [A, B]) {
    let next = 0;
    for (const { time, ranges } of history) {
      const range = ranges.get(log.name);
      if (range === undefined) continue;
      if (range[0] !== next) broken.push(`${log.name} at ${time}: expected from ${next}, got ${range[0]}`);
      next = range[1];
    }
    if (next !== log.length) broken.push(`${log.name} ends at ${next} of ${log.length}`);
  }
  return broken;
}

function recordsOf(plan: Plan, source: string): readonly LogRecord[] {
  const [from, until] = plan.ranges.get(source) ?? [0, 0];
  return Array.from({ length: until - from }, (_, i) => recordAt(source, from + i));
}

/** Law 2: what each output should have been given at each time, worked out from the history alone. */
function expected(history: readonly Plan[]): ReadonlyMap<string, string> {
  const effects = new Map<string, string>();
  const totals = new Map<string, number>();
  for (const plan of history) {
    const left = recordsOf(plan, A.name);
    const isKept = plan.ranges.has(A.name) && sideKeeps({ time: plan.time, length: left.length });
    for (const [key, value] of [...(isKept ? left : []), ...recordsOf(plan, B.name)].map(pairOf)) {
      totals.set(key, (totals.get(key) ?? 0) + value);
    }
    const someSideCame = isKept || plan.ranges.has(B.name);
    if (someSideCame && totalsAreSeen(plan.time)) effects.set(`totals ${plan.time}`, textOf([...totals]));
    if (plan.ranges.has(A.name) && plan.time % SLIDE === 0)
      effects.set(`window ${plan.time}`, textOf(windowAt(history, plan.time)));
  }
  return effects;
}

function windowAt(history: readonly Plan[], time: number): readonly (readonly [string, number])[] {
  const sums = new Map<string, number>();
  for (const plan of history) {
    if (plan.time > time || plan.time <= time - WINDOW) continue;
    for (const [key, value] of recordsOf(plan, A.name).map(pairOf)) sums.set(key, (sums.get(key) ?? 0) + value);
  }
  return [...sums];
}

function textOf(records: readonly unknown[]): string {
  return records
    .map((record) => JSON.stringify(record))
    .sort()
    .join(' ');
}

function wrongEffects(effects: readonly Effect[], history: readonly Plan[]): string[] {
  const right = expected(history);
  return effects
    .filter(({ chain, time, records }) => right.get(`${chain} ${time}`) !== textOf(records))
    .map(
      ({ chain, time, records }) =>
        `${chain} at ${time}: expected ${right.get(`${chain} ${time}`)}, got ${textOf(records)}`,
    );
}

function missingEffects(effects: readonly Effect[], history: readonly Plan[]): string[] {
  const seen = new Set(effects.map(({ chain, time }) => `${chain} ${time}`));
  return [...expected(history).keys()].filter((key) => !seen.has(key)).map((key) => `${key}: no output`);
}

/** Outputs are repeated only for batches that had not settled. */
function lateRepeats(effects: readonly Effect[]): string[] {
  return effects
    .filter(({ time, settledBefore }) => time <= settledBefore)
    .map(({ chain, time, settledBefore }) => `${chain} at ${time}: repeated although ${settledBefore} had settled`);
}

/** Law 1: offsets are committed only when every output that was due for these records has happened. */
function earlyCommits({ commits, effects }: Outside, history: readonly Plan[]): string[] {
  const due = [...expected(history).keys()].map((key) => {
    const [chain, time] = key.split(' ') as [Kind, string];
    return { chain, time: Number(time) };
  });
  const broken: string[] = [];
  for (const commit of commits) {
    const done = new Set(effects.slice(0, commit.effects).map(({ chain, time }) => `${chain} ${time}`));
    for (const { topic, until } of commit.offsets) {
      const reached = history.filter(({ ranges }) => {
        const [from, to] = ranges.get(topic) ?? [0, 0];
        return from < to && to <= until;
      });
      const last = reached.at(-1)?.time ?? 0;
      const early = due.filter(({ chain, time }) => time <= last && !done.has(`${chain} ${time}`));
      for (const { chain, time } of early)
        broken.push(`${topic} committed at ${until} before ${chain} ${time} was written`);
    }
  }
  const marks = new Map<string, number>();
  for (const { offsets } of commits) {
    for (const { topic, until } of offsets) {
      if (until < (marks.get(topic) ?? 0)) broken.push(`${topic} committed ${until} after ${marks.get(topic)}`);
      marks.set(topic, until);
    }
  }
  return broken;
}
