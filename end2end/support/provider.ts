import { fileURLToPath } from 'node:url';
import { expect, type Page } from '@playwright/test';
import { client, type Person, people } from '../providers/seed.mjs';
import { freePort } from './port.ts';
import { Program } from './program.ts';

export type ProviderName = 'emulate' | 'oidc-provider';
export type { Person };

/** Those who can sign in, at either provider. */
export const [ada, grace, alan, katherine] = people as [Person, Person, Person, Person];

const here = fileURLToPath(new URL('..', import.meta.url));
// Both want a newer Node than the one that may run the tests.
const node = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));

/** An OpenID provider that nobody here wrote, with this app registered. */
export class Provider {
  readonly clientId: string = client.id;
  readonly clientSecret: string = client.secret;
  readonly name: ProviderName;
  readonly origin: string;
  private readonly program: Program;

  private constructor(name: ProviderName, origin: string, program: Program) {
    this.name = name;
    this.origin = origin;
    this.program = program;
  }

  static async start(name: ProviderName, app: string): Promise<Provider> {
    const port = await freePort();
    // The app is at 127.0.0.1: by another name the provider is another site, with which no cookie is shared.
    const host = 'localhost';
    const program = await Program.start(
      {
        command: node,
        arguments: [`providers/${name}.mjs`, '--port', String(port), '--host', host, '--app', app],
        cwd: here,
      },
      ({ log }) => log.includes(`${name} is ready`),
    );
    return new Provider(name, `http://${host}:${port}`, program);
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
    await expect(page, 'the sign-in page of the provider').toHaveURL((url) => url.origin === this.origin);
    await page.getByRole('button', { name: person.name }).click();
  }

  /** Says yes when the provider wants to know whether to sign out there, too. */
  async confirmSignOut(page: Page): Promise<void> {
    if (this.name === 'oidc-provider') {
      await page.getByRole('button', { name: 'Yes, sign me out' }).click();
    }
  }

  async stop(): Promise<void> {
    await this.program.stop();
  }
}
