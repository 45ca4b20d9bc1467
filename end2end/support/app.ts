import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program } from './program.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const server = process.env.SERVER_BIN ?? join(root, 'target/debug/server');

/** Variables, beside those that every test has. */
export type Environment = Record<string, string>;

/** The reference app, as built, with a database of its own. */
export class App {
  readonly setupCode = 'the-code-of-the-test';
  readonly origin: string;
  private readonly folder: string;
  private readonly port: number;
  private readonly environment: Environment;
  private program?: Program;
  private earlierLog = '';

  private constructor(port: number, folder: string, environment: Environment) {
    this.port = port;
    this.environment = environment;
    this.origin = `http://127.0.0.1:${port}`;
    this.folder = folder;
  }

  /** Starts it with what `environment` adds; fails with all it printed if it ends instead. */
  static async start(port: number, environment: Environment = {}): Promise<App> {
    const app = new App(port, await mkdtemp(join(tmpdir(), 'leptos-okta-app-')), environment);
    try {
      await app.run();
    } catch (error) {
      await app.stop();
      throw error;
    }
    return app;
  }

  get log(): string {
    return this.earlierLog + (this.program?.log ?? '');
  }

  /** Ends the server and starts it again on what it has stored. */
  async restart(): Promise<void> {
    await this.end();
    await this.run();
  }

  async stop(): Promise<void> {
    await this.end();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async run(): Promise<void> {
    // What the developer has configured for themselves must not reach the test.
    const inherited = Object.entries(process.env).filter(([name]) => !/^(OKTA|LEPTOS|IDP)_/.test(name));
    this.program = await Program.start(
      {
        command: server,
        cwd: root,
        env: {
          ...Object.fromEntries(inherited),
          LEPTOS_SITE_ADDR: `127.0.0.1:${this.port}`,
          OKTA_BASE_URL: this.origin,
          OKTA_DATABASE_URL: `sqlite:${join(this.folder, 'okta.db')}`,
          OKTA_SETUP_CODE: this.setupCode,
          OKTA_ALLOW_HTTP_ISSUER: 'true',
          ...this.environment,
        },
      },
      async () => {
        const answer = await fetch(this.origin).catch(() => undefined);
        return answer?.ok ?? false;
      },
    );
  }

  private async end(): Promise<void> {
    await this.program?.stop();
    this.earlierLog = this.log;
    this.program = undefined;
  }
}
