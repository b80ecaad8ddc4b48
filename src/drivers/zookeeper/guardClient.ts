import { reasonOf } from '../../core/reasonOf.ts';
import { AnswerFrames } from './AnswerFrames.ts';
import { ZooKeeperFailure, zookeeperFailure } from './ZooKeeperFailure.ts';
import type { PackageClient } from './zookeeperPackage.ts';

/** Whose client is guarded. */
export interface GuardedBy {
  /** Something has come from the server. */
  heard(): void;
  /** Whether nothing is to be read any more. */
  ended(): boolean;
  end(failure: ZooKeeperFailure): void;
}

/**
 * Puts itself between a client of the package and its socket. Half an answer is not kept for the next connection, which would wedge it; bytes
 * that cannot be read, or an error code that the package does not know, end the connection instead of the process; and the package never
 * reconnects by itself, since it would leave what waits without an answer.
 */
export function guardClient(client: PackageClient, place: string, by: GuardedBy): void {
  const manager = client.connectionManager;
  const read = manager.onSocketData.bind(manager);
  const frames = new AnswerFrames();
  let complaint: unknown;
  manager.findNextServer = (use) => use(manager.servers[0] as object);
  manager.onSocketData = (bytes) => {
    by.heard();
    try {
      for (const frame of frames.take(bytes)) {
        if (!by.ended()) read(frame);
      }
    } catch (error) {
      by.end(unreadable(error, place));
    }
  };
  manager.onSocketError = (error) => {
    complaint = error;
  };
  manager.onSocketClosed = () => {
    const reason = complaint === undefined ? 'it closed the connection' : reasonOf(complaint);
    by.end(new ZooKeeperFailure('lost', `${place} was lost (${reason})`, { cause: complaint }));
  };
}

function unreadable(error: unknown, place: string): ZooKeeperFailure {
  const answered = zookeeperFailure(error, place);
  if (answered.code !== undefined) return answered;
  return new ZooKeeperFailure('unavailable', `${place} answers what no ZooKeeper does (${reasonOf(error)})`, {
    cause: error,
  });
}
