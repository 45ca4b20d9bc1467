import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Stands before a provider and hands on what it answers later. */
export class Gate {
  readonly port: number;
  /** By how many milliseconds. */
  delay = 0;
  private readonly server: Server;
  private readonly open = new Set<Socket>();

  private constructor(port: number, server: Server) {
    this.port = port;
    this.server = server;
  }

  static async before(provider: number, port: number): Promise<Gate> {
    const server = createServer((visitor) => {
      const inner = connect(provider, '127.0.0.1');
      for (const socket of [visitor, inner]) {
        gate.open.add(socket.once('close', () => gate.open.delete(socket)));
        socket.once('error', () => [visitor, inner].forEach((either) => either.destroy()));
      }
      visitor.pipe(inner);
      inner.on('data', async (chunk) => {
        inner.pause();
        await sleep(gate.delay);
        visitor.write(chunk);
        inner.resume();
      });
      inner.once('end', () => visitor.end());
    });
    const gate = new Gate(port, server);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return gate;
  }

  async close(): Promise<void> {
    for (const socket of this.open) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
