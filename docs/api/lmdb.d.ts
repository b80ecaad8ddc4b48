// rx-dstream/lmdb

interface LmdbValuesOptions {
    readonly folder: string;
    readonly cachedValues?: number;
}

interface StateValues {
    readonly cachedValues: number;
    open(state: string): ValueStore;
}

interface ValueStore {
    read(slot: number): unknown;
    write(slots: readonly number[], values: readonly unknown[]): void;
    close(): void;
}

function lmdbValues(options: LmdbValuesOptions): StateValues;
