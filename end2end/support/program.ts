import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

interface Start {
  command: string;
  arguments?: string[];
  cwd: string;
  env?: NodeJS.ProcessEnv;
}

/** A program under test: started, watched until it is ready, and ended. */
export class Program {
  /** All it printed so far. */
  log = '';
  private readonly child: ChildProcess;
  private readonly name: string;

  private constructor({ command, arguments: args = [], cwd, env = process.env }: Start) {
    this.name = [command, ...args].join(' ');
    this.child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const note = (chunk: Buffer | Error) => (this.log += String(chunk));
    this.child.stdout?.on('data', note);
    this.child.stderr?.on('data', note);
    this.child.on('error', note);
  }

  /** Starts the program and comes back once `ready` says so. */
  static async start(start: Start, ready: (program: Program) => boolean | Promise<boolean>): Promise<Program> {
    const program = new Program(start);
    const deadline = Date.now() + 30_000;
    while (!(await ready(program))) {
      if (program.ended || Date.now() > deadline) {
        await program.stop();
        throw new Error(`${program.name} ${program.ended ? 'ended' : 'is not ready'}:\n${program.log}`);
      }
      await sleep(25);
    }
    return program;
  }

  /** Ends the program, the hard way if it does not listen. */
  async stop(): Promise<void> {
    if (this.ended) return;
    const ended = once(this.child, 'exit');
    // As Ctrl-C does: after SIGTERM the app goes on for some seconds, for its load balancer.
    this.child.kill('SIGINT');
    const patience = setTimeout(() => this.child.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(patience);
  }

  private get ended(): boolean {
    return this.child.pid === undefined || this.child.exitCode !== null || this.child.signalCode !== null;
  }
}
