import { type BrowserContext, expect, type Locator, type Page, type Response } from '@playwright/test';
import type { App } from './app.ts';
import { walkSignIn } from './client.ts';
import type { Person, Provider } from './provider.ts';
import { OktaProvisioning } from './scim.ts';
import { STYLE_OF_OTHERS, Watch } from './watch.ts';

declare global {
  interface Window {
    /** The app's wasm runs on this page. */
    hydrated?: boolean;
  }
}

/** What an admin types to connect Okta. */
export interface ConnectionForm {
  clientId: string;
  clientSecret: string;
  issuer: string;
}

/** What an admin may choose beyond that, by the names in JSON. */
export type ConnectionOptions = Record<string, string | string[] | number | boolean>;

export type CheckName = 'issuer' | 'discovery' | 'endpoints' | 'credentials' | 'pushed_requests' | 'redirect_uri' | 'claims' | 'groups';

/** Somebody with a browser of their own, and what they do in the app. */
export class Visitor {
  readonly page: Page;
  readonly watch: Watch;
  private readonly app: App;
  private readonly okta: Provider;
  private readonly script: boolean;

  private constructor(page: Page, watch: Watch, app: App, okta: Provider, script: boolean) {
    this.page = page;
    this.watch = watch;
    this.app = app;
    this.okta = okta;
    this.script = script;
  }

  static async arrive(context: BrowserContext, app: App, okta: Provider, script: boolean): Promise<Visitor> {
    // Only where it is asked for: with a route, Playwright has the browser keep nothing, and load the wasm for every page.
    if (okta.name === 'oidc-provider-mock') {
      await context.route(STYLE_OF_OTHERS, (route) => route.fulfill({ contentType: 'text/css', body: '' }));
    }
    const watch = new Watch(context, app.origin, okta.origin, script);
    if (script) await context.addInitScript(noteHydration);
    return new Visitor(await context.newPage(), watch, app, okta, script);
  }

  /** The page but for its header. */
  get main(): Locator {
    return this.page.getByRole('main');
  }

  heading(name: string): Locator {
    return this.page.getByRole('heading', { name, exact: true });
  }

  /** What is typed into, by its label. */
  field(label: string): Locator {
    return this.page.getByLabel(label, { exact: true });
  }

  /** Goes to a page of the app by its address. */
  async open(path: string): Promise<Response | null> {
    const answer = await this.page.goto(this.app.origin + path);
    await this.hydrated();
    return answer;
  }

  /** Waits until the page's own script, if it has one, does what a click asks for. */
  async hydrated(): Promise<void> {
    if (!this.script) return;
    await this.page.waitForFunction(() => window.hydrated || !document.querySelector('script[type="module"]'));
  }

  /** Opens the settings page by the link that the server prints on its first start. */
  async openSettingsWithCode(): Promise<void> {
    await this.open(`${this.app.settings}?setup=${this.app.setupCode}`);
    await expect(this.button('Connect')).toBeVisible();
  }

  /** What to type to connect the provider, but for the changes. */
  connectionForm(changes: Partial<ConnectionForm> = {}): ConnectionForm {
    const { clientId, clientSecret, issuer } = this.okta;
    return { clientId, clientSecret, issuer, ...changes };
  }

  /** Fills the settings form and presses its button. */
  async submitConnection(form: Partial<ConnectionForm>, button: 'Connect' | 'Save changes' = 'Connect'): Promise<void> {
    const labels = { clientId: 'Client ID', clientSecret: 'Client secret', issuer: 'Issuer URI' };
    for (const [field, label] of Object.entries(labels)) {
      const value = form[field as keyof ConnectionForm];
      if (value !== undefined) await this.field(label).fill(value);
    }
    await this.press(button);
  }

  /** Presses a button of the settings page and waits for the server's answer. */
  async press(button: string): Promise<void> {
    const answer = this.page.waitForResponse((response) => response.request().method() === 'POST');
    await this.button(button).click();
    await answer;
  }

  /** From a fresh app to a connected one, as a program would: quicker than by the page, which `connect.spec.ts` does. */
  async connectOkta(options: ConnectionOptions = {}): Promise<void> {
    const { clientId, clientSecret, issuer } = this.okta;
    await this.send('POST', `${this.app.prefix}/api/okta/setup`, { setup: this.app.setupCode });
    await this.send('PUT', `${this.app.prefix}/api/okta/connections/okta`, {
      client_id: clientId,
      client_secret: clientSecret,
      issuer,
      ...options,
    });
  }

  /** Connects another Okta under this name, as a program of an admin would. */
  async connect(name: string, { clientId, clientSecret, issuer }: ConnectionForm): Promise<void> {
    const data = { client_id: clientId, client_secret: clientSecret, issuer };
    await this.send('PUT', `${this.app.prefix}/api/okta/connections/${name}`, data);
  }

  /**
   * Turns provisioning on, as a program would: quicker than by the page, which `setup.spec.ts` does. Gives the Okta that has
   * the two values.
   */
  async turnOnProvisioning(): Promise<OktaProvisioning> {
    const address = `${this.app.origin}${this.app.prefix}/api/okta/connections/okta/provisioning`;
    const state = await this.page.request.get(address);
    const made = await this.page.request.post(`${address}/tokens`);
    for (const answer of [state, made]) await expect(answer).toBeOK();
    return new OktaProvisioning((await state.json()).base_url, (await made.json()).token);
  }

  /**
   * Presses Test sign-in and gives the tab that opens, back in the app. Without a `person`, whoever the provider knows already
   * is asked nothing.
   */
  async testConnection(person?: Person): Promise<Page> {
    const newTab = this.page.context().waitForEvent('page');
    await this.button('Test sign-in').click();
    const tab = await newTab;
    if (person) await this.okta.signIn(tab, person);
    await expect(tab).toHaveURL(`${this.app.origin}/settings/okta/connection#okta-tested`);
    return tab;
  }

  /** Replaces the role table, as a program would. */
  async setRoles(...rules: [group: string, role: string][]): Promise<void> {
    await this.send('PUT', '/api/okta/roles', { rules: rules.map(([group, role]) => ({ group, role })) });
  }

  /** The identity as JSON: who is signed in, as the app sees them now. */
  async identity(): Promise<{ groups: string[]; roles: string[]; connection: string; issuer: string; subject: string }> {
    const answer = await this.page.request.get(`${this.app.origin}/api/identity`);
    await expect(answer).toBeOK();
    return answer.json();
  }

  check(name: CheckName): Locator {
    return this.page.locator(`ul.okta-checks li[data-check="${name}"]`);
  }

  async expectCheck(name: CheckName, status: string | RegExp): Promise<void> {
    await expect(this.check(name)).toHaveAttribute('data-status', status);
  }

  /**
   * Gives the browser a session, as a program would: quicker than by the pages, which `sign-in.spec.ts` does. It stays at
   * whatever page it is.
   */
  async startSession(person: Person): Promise<void> {
    const { origin, prefix } = this.app;
    const login = `${origin}${prefix}/login?return_to=${prefix}/api/identity`;
    const identity = await walkSignIn(this.page.request, login, this.okta, person);
    await expect(identity).toBeOK();
    expect(await identity.json()).toMatchObject({ subject: person.subject });
  }

  /** Signs in from the home page. */
  async signIn(person: Person): Promise<void> {
    await this.open('/');
    await this.main.getByRole('link', { name: 'Sign in with Okta' }).click();
    await this.okta.signIn(this.page, person);
    await this.expectSignedIn(person);
  }

  /** Signs in by going to a guarded page. */
  async signInAt(path: string, person: Person): Promise<void> {
    await this.open(path);
    await this.okta.signIn(this.page, person);
    await this.expectAt(path);
    await this.hydrated();
  }

  /**
   * Comes back to the tab. Playwright has every page believe that somebody looks at it all the time, so that no page hears
   * of it.
   */
  async lookAgain(): Promise<void> {
    await this.page.bringToFront();
    await this.page.evaluate(() => dispatchEvent(new Event('focus')));
  }

  /** Signs out from whatever page this is. */
  async signOut(): Promise<void> {
    await this.button('Sign out').click();
    await this.okta.confirmSignOut(this.page);
    await expect(this.page.getByRole('link', { name: 'Sign in with Okta' }).first()).toBeVisible();
    await this.hydrated();
  }

  async expectSignedIn(person: Person): Promise<void> {
    await expect(this.page.getByText(`Signed in as ${person.name}`)).toBeVisible();
    await this.hydrated();
  }

  async expectAt(path: string): Promise<void> {
    await expect(this.page).toHaveURL(this.app.origin + path);
  }

  /** Sends this to the JSON API, as a program of an admin would, and gives the answer. */
  async send<Answer>(method: 'POST' | 'PUT', path: string, data: object): Promise<Answer> {
    const answer = await this.page.request.fetch(this.app.origin + path, { method, data });
    await expect(answer).toBeOK();
    const text = await answer.text();
    return (text === '' ? undefined : JSON.parse(text)) as Answer;
  }

  private button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }
}

/** Runs in every page before its own scripts. */
function noteHydration(): void {
  const instantiate = WebAssembly.instantiateStreaming;
  WebAssembly.instantiateStreaming = async (...source) => {
    const result = await instantiate(...source);
    // The page's script hydrates as soon as it has the result, so by the frame after the next one it is done.
    requestAnimationFrame(() => requestAnimationFrame(() => (window.hydrated = true)));
    return result;
  };
}
