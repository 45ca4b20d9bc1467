import type { APIRequest, APIRequestContext, APIResponse } from '@playwright/test';
import type { App } from './app.ts';
import type { Person } from './provider.ts';

/** What a provider's sign-in page needs, when nobody looks at it. */
export interface SignInPage {
  readonly origin: string;
  postSignIn(browser: APIRequestContext, page: APIResponse, person: Person): Promise<APIResponse>;
}

/** What an admin types to connect it. */
export interface Registration {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly issuer: string;
}

/** What Connect found. */
export interface Check {
  name: string;
  outcome: 'passed' | 'failed' | 'unknown' | 'skipped';
  message: string;
}

/** How a sign-in ended: with an identity, or with a page that says why not. */
export interface Ending {
  status: number;
  identity?: { subject: string } & Record<string, unknown>;
  title: string;
  /** Also in the audit trail. */
  reference?: string;
}

/** Signs in without anybody looking: from that address of the app to wherever it leads, with the cookies of `browser`. */
export async function walkSignIn(
  browser: APIRequestContext,
  login: string,
  provider: SignInPage,
  person: Person,
): Promise<APIResponse> {
  const page = await browser.get(login);
  // The provider may know already who this is.
  if (new URL(page.url()).origin !== provider.origin) return page;
  return provider.postSignIn(browser, page, person);
}

/** Somebody with cookies but without a browser. */
export class Client {
  private readonly browser: APIRequestContext;
  private readonly app: App;

  private constructor(browser: APIRequestContext, app: App) {
    this.browser = browser;
    this.app = app;
  }

  /** With the cookies of another one, if that is given. */
  static async arrive(request: APIRequest, app: App, like?: Client): Promise<Client> {
    const storageState = await like?.browser.storageState();
    return new Client(await request.newContext({ storageState }), app);
  }

  /** Lets this one into the settings. */
  async enterSetupCode(): Promise<void> {
    await this.browser.post(this.url('/api/okta/setup'), {
      data: { setup: this.app.setupCode },
      failOnStatusCode: true,
    });
  }

  /** Connects anew, and with it forgets what was known of the provider. `options` are named as in JSON. */
  async connect(
    { clientId, clientSecret, issuer }: Registration,
    options: object = {},
  ): Promise<{ connected: boolean; checks: Check[] }> {
    const answer = await this.browser.put(this.url('/api/okta/connections/okta'), {
      data: { client_id: clientId, client_secret: clientSecret, issuer, ...options },
    });
    return { connected: answer.ok(), checks: (await answer.json()).checks };
  }

  /** `asked` are parameters of the sign-in. */
  async signIn(provider: SignInPage, person: Person, asked: Record<string, string> = {}): Promise<Ending> {
    const params = new URLSearchParams({ return_to: '/protected', ...asked });
    const page = await walkSignIn(this.browser, this.url(`/login?${params}`), provider, person);
    const html = await page.text();
    const identity = await this.browser.get(this.url('/api/identity'));
    return {
      status: page.status(),
      identity: identity.ok() ? await identity.json() : undefined,
      title: /<h1[^>]*>(.*?)<\/h1>/.exec(html)?.[1] ?? '',
      reference: /Reference <code>(.*?)<\/code>/.exec(html)?.[1],
    };
  }

  async isSignedIn(): Promise<boolean> {
    return (await this.browser.get(this.url('/api/identity'))).ok();
  }

  /** Here, and not at the provider. */
  async signOut(): Promise<void> {
    await this.browser.post(this.url('/logout'), { maxRedirects: 0 });
  }

  /** Why the newest session to end has ended, as an admin reads it. */
  async reasonOfEnd(): Promise<string> {
    const answer = await this.browser.get(this.url('/api/okta/audit'), { params: { event: 'session_ended' } });
    const { entries } = (await answer.json()) as { entries: { detail: string }[] };
    return entries[0]?.detail ?? '';
  }

  /** The reason that the audit trail has for a refusal. */
  async reasonOf(reference = ''): Promise<string> {
    const answer = await this.browser.get(this.url('/api/okta/audit'), { params: { event: 'sign_in_refused' } });
    const { entries } = (await answer.json()) as { entries: { detail: string }[] };
    const entry = entries.find(({ detail }) => detail.startsWith(`reference ${reference}: `));
    return entry?.detail.split(': ').slice(1).join(': ') ?? '';
  }

  async leave(): Promise<void> {
    await this.browser.dispose();
  }

  private url(path: string): string {
    return this.app.origin + path;
  }
}
