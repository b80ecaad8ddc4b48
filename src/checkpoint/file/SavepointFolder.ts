import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../drivers/files/syncFolder.ts';
import { removeLeftovers } from '../../drivers/files/temporaryNames.ts';
import { copyLog, type LogCopy } from './copyLog.ts';
import { checkedName, filesIn } from './logNames.ts';

/**
 * A savepoint: `savepoints/<name>/<epoch>-<n>`, a folder like the checkpoint's own. The highest one counts; so it is replaced in one step, and what
 * an overtaken owner still makes never counts where the owner after it has made one.
 */
export class SavepointFolder {
  readonly #path: string;

  constructor(folder: string, name: string) {
    this.#path = join(folder, 'savepoints', checkedName('savepoint', name));
  }

  /** Where it lies; `undefined` if there is none of this name. */
  async current(): Promise<string | undefined> {
    const last = (await this.#versions()).at(-1);
    return last === undefined ? undefined : join(this.#path, last.file);
  }

  /** Makes it from files of a folder and removes those it replaces. */
  async replace(from: string, epoch: number, copy: LogCopy): Promise<void> {
    await makeFolder(this.#path);
    await removeLeftovers(this.#path, (name) => VERSION.test(name));
    const before = await this.#versions();
    const count = Math.max(0, ...before.map((version) => version.count)) + 1;
    await copyLog(from, join(this.#path, `${epoch}-${count}`), copy);
    await copy.check();
    for (const { file } of before) await rm(join(this.#path, file), { recursive: true, force: true });
  }

  async #versions(): Promise<readonly Version[]> {
    const versions = (await filesIn(this.#path)).flatMap((file) => {
      const [, epoch, count] = VERSION.exec(file) ?? [];
      return epoch === undefined ? [] : [{ file, epoch: Number(epoch), count: Number(count) }];
    });
    return versions.sort((a, b) => a.epoch - b.epoch || a.count - b.count);
  }
}

interface Version {
  readonly file: string;
  readonly epoch: number;
  readonly count: number;
}

const VERSION = /^([1-9]\d{0,14})-([1-9]\d{0,14})$/;
