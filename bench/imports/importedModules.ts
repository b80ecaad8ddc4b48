/** `importedModules.js PACKAGE`: the URLs of everything that importing it loads. */
import { createRequire, register } from 'node:module';
import { pathToFileURL } from 'node:url';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';

const { port1, port2 } = new MessageChannel();
register(new URL('tellLoads.js', import.meta.url), { data: port2, transferList: [port2] });
await import(process.argv[2] ?? '');

const urls = new Set<string>();
for (let told = receiveMessageOnPort(port1); told !== undefined; told = receiveMessageOnPort(port1))
  urls.add(told.message);
for (const path of Object.keys(createRequire(import.meta.url).cache)) urls.add(pathToFileURL(path).href);
console.log(JSON.stringify([...urls].filter((url) => url.startsWith('file:'))));
process.exit(0);
