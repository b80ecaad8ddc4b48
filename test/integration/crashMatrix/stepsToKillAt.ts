import { FROM_OUTSIDE } from './World.ts';

/** How often a life may come by a step before it is killed there. */
export type StepsToKillAt = Readonly<Record<string, number>>;

/** The steps of the pipeline. */
export const PIPELINE_STEPS: StepsToKillAt = {
  [FROM_OUTSIDE]: 6,
  'before load': 1,
  'after load': 1,
  'in the cut': 6,
  'before plan': 6,
  'after plan': 6,
  'before read': 6,
  'after read': 6,
  'in an operator': 150,
  'in an output': 30,
  'between output and commit': 6,
  'between commit and settle': 6,
  'after settle': 6,
  'in settled of the source': 6,
};

/** The steps of a checkpoint that is a log. */
export const LOG_STEPS: StepsToKillAt = {
  'own, after': 1,
  'load: open': 3,
  ...append('load', 1),
  ...aroundOf('load: publish', 1),
  ...aroundOf('load: remove', 1),
  ...append('plan', 5),
  ...append('settle', 12),
  'merge: open': 2,
  ...append('merge', 6),
  ...aroundOf('merge: publish', 3),
  ...aroundOf('merge: remove', 1),
  ...aroundOf('savepoint: copy', 2),
};

function append(when: string, most: number): StepsToKillAt {
  return { ...aroundOf(`${when}: append`, most), [`${when}: append, half`]: most };
}

function aroundOf(what: string, most: number): StepsToKillAt {
  return { [`${what}, before`]: most, [`${what}, after`]: most };
}
