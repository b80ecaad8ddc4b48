/** The wait before the next try, in milliseconds: 25, 50, 100 ... up to half a second. */
export function backOff(failures: number): number {
  return Math.min(25 * 2 ** Math.max(failures - 1, 0), 500);
}
