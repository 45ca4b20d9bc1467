import { fileURLToPath } from 'node:url';
import { type APIRequestContext, type APIResponse, expect, type Page } from '@playwright/test';
import { client, type Person, people } from '../providers/seed.mjs';
import { freePort } from './port.ts';
import { Program } from './program.ts';

export type ProviderName = 'emulate' | 'oauth2-mock-server' | 'oidc-provider' | 'oidc-provider-mock';
export type { Person };

/** Those who can sign in, at every provider but oauth2-mock-server, where everybody is the first. */
export const [ada, grace, alan, katherine] = people as [Person, Person, Person, Person];

const here = fileURLToPath(new URL('..', import.meta.url));
// They want a newer Node than the one that may run the tests.
const node = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));

/** An OpenID provider that nobody here wrote, with this app registered. */
export class Provider {
  readonly clientId: string = client.id;
  readonly clientSecret: string = client.secret;
  readonly name: ProviderName;
  readonly origin: string;
  /** Where it listens; with something before it, that is not the port of its origin. */
  readonly port: number;
  private readonly arguments: string[];
  private program: Program;

  private constructor(name: ProviderName, port: number, args: string[], program: Program) {
    this.name = name;
    this.port = port;
    this.origin = new URL(/is ready: (\S+)/.exec(program.log)?.[1] ?? '').origin;
    this.arguments = args;
    this.program = program;
  }

  /** Starts it for the app at that address; `more` is for the provider's own command line. */
  static async start(name: ProviderName, app: string, ...more: string[]): Promise<Provider> {
    const port = await freePort();
    // The app is at 127.0.0.1: by another name the provider is another site, with which no cookie is shared.
    const host = 'localhost';
    const args = ['--port', String(port), '--host', host, '--app', app];
    const program = await run(name, [...args, ...more]);
    return new Provider(name, port, args, program);
  }

  /** Starts it anew at the same place, with keys of its own again. */
  async restart(...more: string[]): Promise<void> {
    await this.program.stop();
    this.program = await run(this.name, [...this.arguments, ...more]);
  }

  get issuer(): string {
    return this.name === 'emulate' ? `${this.origin}/oauth2/default` : this.origin;
  }

  /** Okta's name of the authorization server at that issuer. */
  get authorizationServer(): string {
    return this.name === 'emulate' ? 'default' : 'org';
  }

  /** An issuer at which there is nothing. */
  get unknownIssuer(): string {
    return `${this.origin}/oauth2/nobody`;
  }

  /** The right provider by a name that it does not call itself. */
  get misspelledIssuer(): string {
    return this.issuer.replace('localhost', '127.0.0.1');
  }

  /** Whether it tells right credentials from wrong ones: oauth2-mock-server takes any. */
  get confirmsCredentials(): boolean {
    return this.name !== 'oauth2-mock-server';
  }

  /** Whether it comes back at once where it may not ask anybody: emulate shows its sign-in page whatever it is asked. */
  get confirmsRedirectUri(): boolean {
    return this.name !== 'emulate';
  }

  get log(): string {
    return this.program.log;
  }

  /** The connection as an operator gives it to the app; the members of `adminGroup` are its admins. */
  environment(adminGroup: string): Record<string, string> {
    return {
      OKTA_CLIENT_ID: this.clientId,
      OKTA_CLIENT_SECRET: this.clientSecret,
      OKTA_ISSUER_URI: this.issuer,
      OKTA_ADMIN_GROUP: adminGroup,
    };
  }

  /** Waits for the provider's sign-in page and picks `person` there. */
  async signIn(page: Page, person: Person): Promise<void> {
    if (this.name === 'oauth2-mock-server') return;
    await expect(page, 'the sign-in page of the provider').toHaveURL((url) => url.origin === this.origin);
    const label = this.name === 'oidc-provider-mock' ? person.subject : person.name;
    await page.getByRole('button', { name: label }).click();
  }

  /** The same at oidc-provider, which then says that it was some time ago. */
  async signInSecondsAgo(page: Page, person: Person, seconds: number): Promise<void> {
    await expect(page, 'the sign-in page of the provider').toHaveURL((url) => url.origin === this.origin);
    const button = page.getByRole('button', { name: person.name });
    await button.evaluate((button: HTMLButtonElement, seconds) => (button.form!.action += `&seconds_ago=${seconds}`), seconds);
    await button.click();
  }

  /** The same without a browser: posts what that page's form would, and follows to where it leads. */
  async postSignIn(browser: APIRequestContext, page: APIResponse, person: Person): Promise<APIResponse> {
    const asked = new URL(page.url());
    switch (this.name) {
      case 'oauth2-mock-server':
        return page;
      case 'oidc-provider':
        return browser.post(page.url(), { params: { subject: person.subject } });
      case 'oidc-provider-mock':
        return browser.post(page.url(), { form: { sub: person.subject } });
      case 'emulate':
        return browser.post(`${asked.origin}${asked.pathname}/callback`, {
          form: { user_ref: person.subject, ...Object.fromEntries(asked.searchParams) },
        });
    }
  }

  /** Says yes when the provider wants to know whether to sign out there, too. */
  async confirmSignOut(page: Page): Promise<void> {
    const button = { 'oidc-provider': 'Yes, sign me out', 'oidc-provider-mock': 'End session' }[this.name as string];
    if (button) await page.getByRole('button', { name: button }).click();
  }

  async stop(): Promise<void> {
    await this.program.stop();
  }
}

async function run(name: ProviderName, args: string[]): Promise<Program> {
  return Program.start({ command: node, arguments: [`providers/${name}.mjs`, ...args], cwd: here }, ({ log }) =>
    log.includes(`${name} is ready`),
  );
}
