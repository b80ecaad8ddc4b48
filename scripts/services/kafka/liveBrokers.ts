import { connect } from 'node:net';

/**
 * The ids of the brokers that a Kafka broker knows alive, none as long as it knows no controller: what "ready" means.
 * That its port accepts a connection proves nothing. Asked with one hand-written Metadata request (version 1, no topics).
 */
export function liveBrokers(port: number): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(METADATA_REQUEST));
    let received = Buffer.alloc(0);
    socket.setTimeout(1000, () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed')));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return;
      socket.destroy();
      try {
        resolve(brokerIds(received));
      } catch (error) {
        reject(error); // something else answers on this port
      }
    });
  });
}

const METADATA_REQUEST = Buffer.from([
  ...[0, 0, 0, 15], // bytes that follow
  ...[0, 3, 0, 1], // api key 3 = Metadata, version 1
  ...[0, 0, 0, 7], // correlation id
  ...[0, 1, 0x3f], // client id "?"
  ...[0, 0, 0, 0], // topics: an empty array, so none
]);

function brokerIds(response: Buffer): number[] {
  let at = 8;
  const count = response.readInt32BE(at);
  at += 4;
  const ids: number[] = [];
  for (let i = 0; i < count; i++) {
    ids.push(response.readInt32BE(at));
    at += 4;
    at += 2 + response.readInt16BE(at); // host
    at += 4; // port
    at += 2 + Math.max(0, response.readInt16BE(at)); // rack, may be null
  }
  const controller = response.readInt32BE(at);
  return controller >= 0 ? ids : [];
}
