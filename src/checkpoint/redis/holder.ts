import { readlinkSync } from 'node:fs';
import { StreamError } from '../../core/errors.ts';
import { livenessOf, type ProcessIdentity, shownProcess, thisProcess } from '../../drivers/files/processIdentity.ts';

/** Who owns a checkpoint, as Redis tells it. */
export interface Holder {
  readonly token: string;
  /** When its lease runs out, by the clock of Redis. */
  readonly until: string;
  readonly leftMs: number;
  readonly leaseMs: number;
  readonly who: string;
}

/** A process, and the processes among which its number means it: containers on one host count from 1 each. */
interface Place extends ProcessIdentity {
  readonly numbering: string | undefined;
}

/** Owners of this process that have ended and could not tell Redis. */
export const ENDED: Set<string> = new Set();

/** What Redis keeps of an owner for others to read. */
export function myself(): string {
  return JSON.stringify({ ...thisProcess(), numbering: numbering() } satisfies Place);
}

/** The answer `OWNED` of the script. */
export function holderOf(answer: readonly string[]): Holder {
  const [, leftMs = '0', token = '', until = '', leaseMs = '0', who = ''] = answer;
  return { token, until, leftMs: Number(leftMs), leaseMs: Number(leaseMs), who };
}

/**
 * Whether it is known that the holder has ended: it says so, or was a process of this very system whose number is free or another one's. Of
 * other systems only the lease tells.
 */
export function hasEnded({ who, token }: Holder): boolean {
  if (ENDED.has(token)) return true;
  const place = placeIn(who);
  if (place?.boot === undefined || place.numbering === undefined) return false;
  const here = thisProcess();
  return place.boot === here.boot && place.numbering === numbering() && livenessOf(place) === 'dead';
}

/** For messages: the process, if ours wrote who it is. */
export function shownHolder(who: string): string {
  const place = placeIn(who);
  return place === undefined ? 'another owner' : shownProcess(place);
}

/** The refusal of a second owner. */
export function heldBy(name: string, { who, leaseMs }: Holder): StreamError {
  return new StreamError(
    'CHECKPOINT_OWNED',
    `${name}: expected no other owner, but ${shownHolder(who)} goes on renewing its lease of ${leaseMs} ms. Stop that one first, choose ` +
      'another key, or pass takeOver: true; then that one can write no more.',
    { details: { owner: placeIn(who), leaseMs } },
  );
}

function placeIn(who: string): Place | undefined {
  try {
    return JSON.parse(who) as Place;
  } catch {
    return undefined; // nobody of ours wrote it
  }
}

function numbering(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined; // not Linux
  }
}
