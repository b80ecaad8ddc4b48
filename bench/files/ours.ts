import { batchInterval, drain, foreachBatch, StreamingContext } from 'rx-dstream';
import { textFiles } from 'rx-dstream/file';

/** Batch after batch, as soon as the one before is done, until nothing is left. */
export function ours(folder: string): Promise<number> {
  const context = new StreamingContext({ trigger: drain({ maxRecords: 1e9 }), onWarning: () => {} });
  const everything = { newFilesOnly: false, minRememberDuration: Number.POSITIVE_INFINITY } as const;
  let lines = 0;
  let characters = 0;
  return new Promise((resolve, reject) => {
    textFiles(folder, everything)
      .pipe(
        batchInterval(context),
        foreachBatch((batch) => {
          batch.forEach((line) => {
            lines++;
            characters += line.length;
          });
        }),
      )
      .subscribe({ error: reject, complete: () => (characters > 0 ? resolve(lines) : reject(new Error('no lines'))) });
    context.progress$.subscribe((event) => {
      // A graceful stop takes what is left first.
      if (event.type === 'batch') void context.stop({ graceful: true });
    });
  });
}
