/** What the types of the directory sources say: what is inferred, and what must not compile. Checked by `npm run types`. */

import type { Observable } from 'rxjs';
import { expectTypeOf } from 'vitest';
import { binaryRecords, type FileRecord, files, textFiles } from '../../src/file.ts';
import { type Batch, batchInterval, type SourceObservable } from '../../src/index.ts';

expectTypeOf(textFiles('in')).toEqualTypeOf<SourceObservable<string>>();
expectTypeOf(textFiles('in').pipe(batchInterval(1000))).toEqualTypeOf<Observable<Batch<string>>>();
expectTypeOf(binaryRecords('in', { recordLength: 4 })).toEqualTypeOf<SourceObservable<Buffer>>();
expectTypeOf(files('in', { onBig: 'skip' })).toEqualTypeOf<SourceObservable<FileRecord>>();

// @ts-expect-error a record has a length
binaryRecords('in');
// @ts-expect-error a record has a length
binaryRecords('in', { recursive: true });
// @ts-expect-error a file that is a record is not divided into lines
files('in', { maxLineBytes: 10 });
// @ts-expect-error lines are divided: no file is too big for them
textFiles('in', { onBig: 'skip' });
// @ts-expect-error a lost file is an error or left out
textFiles('in', { onLost: 'restart' });
