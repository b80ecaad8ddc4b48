/**
 * Names that are left out: hidden ones (`.`), those that Hadoop's readers do not see (`_`, as `_SUCCESS` and `_temporary`), and
 * what Hadoop's shell is still copying (`._COPYING_`).
 */
export function isHiddenName(name: string): boolean {
  return name.startsWith('.') || name.startsWith('_') || name.endsWith('._COPYING_');
}
