/** Killed by somebody else, at a moment that nobody has chosen. */
export const FROM_OUTSIDE = 'from outside';

/** How often a life may come by a step before it is killed there. */
export const STEPS: Readonly<Record<string, number>> = {
  [FROM_OUTSIDE]: 8,
  'own: before': 1,
  'own: sent': 1,
  'own: after': 1,
  'lock: sent': 5,
  'lock: after': 5,
  'write: before': 5,
  'write: sent': 5,
  'write: after': 5,
  'commit: before': 5,
  'commit: sent': 5,
  'commit: after': 5,
  'after settle': 5,
};

export const CHECKPOINT_STEPS: Readonly<Record<string, number>> = {
  ...STEPS,
  'after load': 1,
  'before plan': 5,
  'after plan': 5,
  'before settle': 5,
};
