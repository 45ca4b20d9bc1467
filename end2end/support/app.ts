import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program } from './program.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** An app as built, and where it has the plugin's routes and its settings page. */
export interface Build {
  command: string;
  prefix: string;
  settings: string;
}

/** The apps that are tested, by name. */
export const builds = {
  reference: {
    command: process.env.SERVER_BIN ?? join(root, 'target/debug/server'),
    prefix: '',
    settings: '/settings/okta',
  },
  blog: { command: join(root, 'target/debug/blog'), prefix: '/auth', settings: '/staff/okta' },
} satisfies Record<string, Build>;
export type AppName = keyof typeof builds;

/** Variables, beside those that every test has. */
export type Environment = Record<string, string>;

/** One of the apps, with a database of its own. */
export class App {
  readonly setupCode = 'the-code-of-the-test';
  readonly origin: string;
  private readonly build: Build;
  private readonly folder: string;
  private readonly port: number;
  private readonly environment: Environment;
  private program?: Program;
  private earlierLog = '';

  private constructor(build: Build, port: number, folder: string, environment: Environment) {
    this.build = build;
    this.port = port;
    this.environment = environment;
    this.origin = `http://127.0.0.1:${port}`;
    this.folder = folder;
  }

  /** Starts it with what `environment` adds; fails with all it printed if it ends instead. */
  static async start(port: number, environment: Environment = {}, name: AppName = 'reference'): Promise<App> {
    const app = new App(builds[name], port, await mkdtemp(join(tmpdir(), 'leptos-okta-app-')), environment);
    try {
      await app.run();
    } catch (error) {
      await app.stop();
      throw error;
    }
    return app;
  }

  /** The path of its settings page. */
  get settings(): string {
    return this.build.settings;
  }

  /** Before the paths of the plugin's routes. */
  get prefix(): string {
    return this.build.prefix;
  }

  get log(): string {
    return this.earlierLog + (this.program?.log ?? '');
  }

  /** Ends the server and starts it again on what it has stored. */
  async restart(): Promise<void> {
    await this.end();
    await this.run();
  }

  /** Copies what it has stored, between two of its runs. Gives what goes back to that. */
  async backUp(): Promise<() => Promise<void>> {
    const backup = `${this.folder}-backup`;
    await this.end();
    await cp(this.folder, backup, { recursive: true });
    await this.run();
    return async () => {
      await this.end();
      await rm(this.folder, { recursive: true });
      await cp(backup, this.folder, { recursive: true });
      await rm(backup, { recursive: true });
      await this.run();
    };
  }

  /** How many requests of a kind the provider has answered. It has to have an address for its metrics. */
  async answered(request: string): Promise<number> {
    const answer = await fetch(`http://${this.environment.METRICS_ADDR}/metrics`);
    const counted = `okta_provider_request_duration_seconds_count{request="${request}",outcome="responded"} `;
    const line = (await answer.text()).split('\n').find((line) => line.startsWith(counted));
    return Number(line?.slice(counted.length) ?? 0);
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
        command: this.build.command,
        cwd: root,
        env: {
          ...Object.fromEntries(inherited),
          LEPTOS_SITE_ADDR: `127.0.0.1:${this.port}`,
          OKTA_BASE_URL: this.origin,
          OKTA_DATABASE_URL: `sqlite:${join(this.folder, 'okta.db')}`,
          OKTA_SETUP_CODE: this.setupCode,
          OKTA_ALLOW_HTTP_ISSUER: 'true',
          BLOG_DATABASE_URL: `sqlite:${join(this.folder, 'blog.db')}`,
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
