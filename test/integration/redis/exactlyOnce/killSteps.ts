/** Where a program kills itself. */
export const KILL_STEPS = {
  owning: 'owning',
  owned: 'owned',
  beginning: 'beginning',
  begun: 'begun',
  committing: 'committing',
  sent: 'sent',
  committed: 'committed',
  settled: 'settled',
} as const;

export type KillStep = keyof typeof KILL_STEPS;

/** What the program is told. */
export interface KillSettings {
  readonly redis: string;
  readonly group: string;
  /** Of its checkpoint; without one it begins from its offsets. */
  readonly folder?: string;
  readonly step: KillStep;
  /** At which time of passing the step. */
  readonly pass: number;
}
