/** A list, or two of them one after the other, not yet copied together. */
export type Lists<T> = readonly T[] | JoinedLists<T>;

/**
 * One list after another. Joining costs nothing that follows their length: lists may be joined again and again, and their parts
 * be shared, as the parts of a window are.
 */
export class JoinedLists<T> {
  readonly left: Lists<T>;
  readonly right: Lists<T>;

  constructor(left: Lists<T>, right: Lists<T>) {
    this.left = left;
    this.right = right;
  }
}

/** Joins two lists without copying them. */
export function joinLists<T>(left: Lists<T>, right: Lists<T>): Lists<T> {
  return new JoinedLists(left, right);
}

/** All elements in an array of its own. Not recursive: a window of many batches nests as deep as it is long. */
export function listOf<T>(lists: Lists<T>): T[] {
  const elements: T[] = [];
  const ahead: Lists<T>[] = [lists];
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    if (next instanceof JoinedLists) ahead.push(next.right, next.left);
    else for (const element of next) elements.push(element);
  }
  return elements;
}
