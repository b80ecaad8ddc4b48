import { type DurableCheckpoint, describeCheckpoint } from 'rx-dstream';

/** Says what there is already, or that this is the first start, and what will be shown. */
export async function tellWhereItGoesOn(checkpoint: DurableCheckpoint): Promise<void> {
  const { time, states } = await describeCheckpoint(checkpoint);
  const words = states.find(({ name }) => name === 'totals/keys')?.keys ?? 0;
  const where =
    time === undefined
      ? 'Begins with nothing. Kill it and start it again: it goes on'
      : `Goes on after the batch of ${new Date(time).toLocaleTimeString()}, with the totals of ${words} words`;
  console.log(`${where}. Remove the folder .demo to begin afresh.`);
  console.log('Hot words: (word,(in the last 30 seconds,since the first start))');
}
