import type { Duplex } from 'node:stream';
import { BuildFailure } from '../../errors.ts';
import type { Gateway } from '../builder.ts';
import type { Place } from '../run/environment.ts';
import { pythonCommand } from '../run/scripts.ts';
import { BUILD_FOLDER, HELPER_USER } from './container.ts';
import { demux } from './demux.ts';
import { attach, type Inside } from './exec.ts';
import { SCRIPTS } from './scripts.ts';
import { TunnelConnection } from './tunnel-connection.ts';
import { createFrameReader, FRAME, type Frame, HostileFrame, MAX_CONNECTIONS } from './tunnel-frames.ts';

/** Where the gateway answers inside every container. */
export const TUNNEL_PORT = 8080;
export const INDEX_URL = `http://127.0.0.1:${TUNNEL_PORT}/simple/`;
/** Where runs in containers work, and where their packages come from. */
export const INSIDE: Place = { folder: BUILD_FOLDER, index: INDEX_URL };

/** Unsent bytes towards the container past which it is not reading: every connection's window is in here. */
const MAX_UNSENT_BYTES = 64 * 1024 * 1024;
/** What the helper may say on stderr; it says nothing unless it fails. */
const MAX_COMPLAINT_CHARS = 2000;

/** The one door of a container. It ends with the container, or by itself when what comes out breaks the protocol. */
export type Tunnel = {
  /** Fulfilled when the tunnel has ended; says why when it was not us who ended it. */
  ended: Promise<string | undefined>;
  close(): void;
};

/**
 * Opens the door: a helper in the container listens on 127.0.0.1:8080, and every connection made there is handed to
 * the gateway. Resolves when it listens. Throws BuildFailure `worker-lost` when it does not, with what it said.
 */
export async function openTunnel(inside: Inside, python: string, gateway: Gateway): Promise<Tunnel> {
  const { stream } = await attach(inside, {
    arguments: pythonCommand(python, SCRIPTS.tunnel, [String(TUNNEL_PORT)]),
    user: HELPER_USER,
  });
  const host = createTunnelHost(stream, gateway);
  let complaint = '';
  const ended = (async () => {
    try {
      for await (const { channel, data } of demux(stream)) {
        if (channel === 'stdout') host.receive(data);
        else if (complaint.length < MAX_COMPLAINT_CHARS) complaint += data.toString();
      }
      return complaint || undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      host.close();
    }
  })();
  const failed = ended.then((why) => {
    throw new BuildFailure('worker-lost', `The tunnel in the container did not start: ${why?.trim() ?? 'it ended'}.`);
  });
  failed.catch(() => {});
  await Promise.race([host.ready, failed]);
  return { ended, close: host.close };
}

/**
 * The worker's end of a tunnel over any stream: `receive` takes what came out of the container, frames into it are
 * written to `stream`. Throws HostileFrame for what no honest helper sends; the caller then closes.
 */
export function createTunnelHost(stream: Duplex, gateway: Gateway) {
  const connections = new Map<number, TunnelConnection>();
  const read = createFrameReader();
  let lastId = 0;
  let isReady = false;
  let markReady = () => {};
  const ready = new Promise<void>((resolve) => {
    markReady = resolve;
  });

  function send(frame: Buffer, done?: (error?: Error | null) => void): void {
    if (stream.destroyed || stream.writableEnded) done?.(new Error('the tunnel has ended'));
    // Our side of each connection waits for its window, so only a helper that makes us answer and never reads gets here.
    else if (stream.writableLength > MAX_UNSENT_BYTES) close();
    else stream.write(frame, done);
  }

  function open(id: number): void {
    if (!isReady || id <= lastId) throw new HostileFrame('a connection was opened out of order');
    if (connections.size >= MAX_CONNECTIONS) throw new HostileFrame('more connections were opened than there may be');
    lastId = id;
    const connection = new TunnelConnection(id, send);
    connections.set(id, connection);
    connection.once('close', () => connections.delete(id));
    gateway.accept(connection);
  }

  function take({ type, id, data }: Frame): void {
    if (type === FRAME.ready) {
      if (isReady) throw new HostileFrame('the tunnel was ready twice');
      isReady = true;
      markReady();
      return;
    }
    if (type === FRAME.open) {
      open(id);
      return;
    }
    // A connection we have closed is unknown here while the other side's last frames are still on their way.
    const connection = connections.get(id);
    if (connection === undefined) return;
    if (type === FRAME.data) connection.receive(data);
    else if (type === FRAME.end) connection.receiveEnd();
    else if (type === FRAME.window) connection.receiveWindow(data.readUInt32BE(0));
    else {
      // Its place is free at once: the helper counts so, and its next connection may be in the same chunk.
      connections.delete(id);
      connection.receiveClose();
    }
  }

  function close(): void {
    for (const connection of connections.values()) connection.receiveClose();
    connections.clear();
    stream.destroy();
  }

  return {
    ready,
    close,
    receive(chunk: Buffer): void {
      for (const frame of read(chunk)) take(frame);
    },
  };
}
