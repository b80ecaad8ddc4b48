/** Gives the event loop one turn between two slices of work, also over a storage that answers at once. */
export function turn(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}
