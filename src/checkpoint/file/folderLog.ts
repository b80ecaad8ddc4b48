import { resolve } from 'node:path';
import { StreamError } from '../../core/errors.ts';
import type { LogStorage, StoredSegment } from '../log/LogStorage.ts';
import { folderFailure } from './folderFailure.ts';
import { LogFolder } from './LogFolder.ts';
import { checkedName } from './logNames.ts';
import { OwnedLog } from './OwnedLog.ts';
import { SavepointFolder } from './SavepointFolder.ts';

/** What {@link folderLog} needs to know. */
export interface FolderLogOptions {
  readonly folder: string;
  /** Take it from whoever owns it. Default `false`. */
  readonly takeOver?: boolean | undefined;
  /** Default `true`: safe from a power loss; `false`: from a killed process only. */
  readonly sync?: boolean | undefined;
}

/** A folder as the place of a logged checkpoint. It answers with promises, and touches nothing before `own`. */
export function folderLog(options: FolderLogOptions): FolderLog {
  return new FolderLog(options);
}

/** See {@link folderLog}. */
export class FolderLog implements LogStorage {
  readonly name: string;
  readonly #folder: LogFolder;
  readonly #options: { readonly takeOver: boolean; readonly sync: boolean };
  #owned: OwnedLog | undefined;

  constructor({ folder, takeOver = false, sync = true }: FolderLogOptions) {
    this.#folder = new LogFolder(resolve(folder));
    this.#options = { takeOver, sync };
    this.name = `the folder ${folder}`;
  }

  async own(): Promise<void> {
    if (this.#owned !== undefined) return;
    await this.#do('taken', async () => {
      this.#owned = await OwnedLog.take(this.#folder, this.#options);
    });
  }

  async release(): Promise<void> {
    const owned = this.#owned;
    this.#owned = undefined;
    if (owned !== undefined) await this.#do('given back', () => owned.release());
  }

  head(savepoint?: string): Promise<Uint8Array | undefined> {
    return this.#read(savepoint, (folder) => folder.head(), undefined);
  }

  segments(savepoint?: string): Promise<readonly string[]> {
    return this.#read(savepoint, async (folder) => [...(await folder.segments()).keys()], []);
  }

  open(segment: string, savepoint?: string): Promise<StoredSegment | undefined> {
    return this.#read(savepoint, (folder) => folder.open(checkedName('segment', segment)), undefined);
  }

  append(segment: string, bytes: Uint8Array, isLasting: boolean): Promise<void> {
    return this.#write('written', (owned) => owned.append(segment, bytes, isLasting));
  }

  publish(head: Uint8Array): Promise<void> {
    return this.#write('written', (owned) => owned.publish(head));
  }

  remove(segments: readonly string[]): Promise<void> {
    return this.#write('cleared', (owned) => owned.remove(segments));
  }

  copy(savepoint: string, head: Uint8Array, segments: readonly string[]): Promise<void> {
    return this.#write('copied', (owned) => owned.copy(savepoint, head, segments));
  }

  setAside(): Promise<string> {
    return this.#write('set aside', (owned) => owned.setAside());
  }

  #write<T>(act: string, deed: (owned: OwnedLog) => Promise<T>): Promise<T> {
    return this.#do(act, async () => {
      const owned = this.#owned;
      if (owned === undefined) throw notOwned(this.name);
      try {
        return await deed(owned);
      } catch (error) {
        // Whoever has taken the folder over may be the reason for any failure.
        throw (await owned.lost().catch(() => undefined)) ?? error;
      }
    });
  }

  #read<T>(savepoint: string | undefined, look: (folder: LogFolder) => Promise<T>, nothing: T): Promise<T> {
    return this.#do('read', async () => {
      if (savepoint === undefined) return look(this.#folder);
      const path = await new SavepointFolder(this.#folder.path, savepoint).current();
      return path === undefined ? nothing : look(new LogFolder(path));
    });
  }

  async #do<T>(act: string, deed: () => Promise<T>): Promise<T> {
    try {
      return await deed();
    } catch (error) {
      throw folderFailure(this.#folder.path, act, error);
    }
  }
}

function notOwned(name: string): StreamError {
  return new StreamError(
    'CHECKPOINT_FAILED',
    `fileCheckpoint: ${name} is written to before it was loaded, or after it was closed.`,
  );
}
