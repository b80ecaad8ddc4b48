import type { LoadHook } from 'node:module';
import type { MessagePort } from 'node:worker_threads';

let port: MessagePort;

/** Takes the port to tell each loaded module to. */
export function initialize(given: MessagePort): void {
  port = given;
}

export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context);
  port.postMessage(url);
  return loaded;
};
