import { test as base, expect } from '@playwright/test';
import { type Bend, Mock } from '../providers/mock.mjs';
import { client } from '../providers/seed.mjs';
import { App } from './app.ts';
import { Client, type Registration, type SignInPage } from './client.ts';
import { feature } from './feature.ts';
import { freePort } from './port.ts';
import { ada } from './provider.ts';

/** What has to come of it. */
type Expected =
  | { signsIn: Record<string, unknown> }
  | { page: { status: number; title: string }; because: RegExp }
  | { refusedAtConnect: RegExp };

/** The provider's answers, bent, and what has to come of them. */
interface Row {
  name: string;
  /** How answers are bent from the start: an admin sees it when they connect. */
  always?: Bend;
  /** How they are bent once the provider is connected. */
  bend?: Bend;
  then: Expected;
}

/** Somebody is signed in, with at least this of an identity. */
export const signsIn = (identity: Record<string, unknown> = {}): Expected => ({ signsIn: identity });

/** Nobody is signed in; people are told that Okta's answer is to blame, admins what of it. */
export const refused = (because: RegExp): Expected => page(502, 'Sign-in was not completed', because);

/** Nobody is signed in; people are told that Okta is down, admins what of it. */
export const unreachable = (because: RegExp): Expected => page(503, "Okta can't be reached", because);

/** Nobody is signed in, and this is why. */
export const page = (status: number, title: string, because: RegExp): Expected => ({
  page: { status, title },
  because,
});

/** Nothing is connected; a check says why. */
export const refusedAtConnect = (message: RegExp): Expected => ({ refusedAtConnect: message });

/** One oauth2-mock-server and one app, for all rows. */
class World {
  readonly mock: Mock;
  readonly app: App;
  readonly admin: Client;
  readonly okta: Registration & SignInPage;

  constructor(mock: Mock, app: App, admin: Client, origin: string) {
    this.mock = mock;
    this.app = app;
    this.admin = admin;
    this.okta = {
      origin,
      issuer: origin,
      clientId: client.id,
      clientSecret: client.secret,
      postSignIn: async (_browser, page) => page,
    };
  }
}

const test = base.extend<object, { world: World }>({
  world: [
    async ({ playwright }, use) => {
      const port = await freePort();
      const origin = `http://localhost:${port}`;
      const mock = new Mock(origin, ada);
      await mock.issuer.keys.generate('RS256');
      await mock.listen(port);
      const app = await App.start(await freePort());
      const admin = await Client.arrive(playwright.request, app);
      await admin.enterSetupCode();
      await use(new World(mock, app, admin, origin));
      await admin.leave();
      await app.stop();
      await mock.stop();
    },
    { scope: 'worker' },
  ],
});

/** Rows of the table, each a test; `section` is what says so. */
export function table(section: string, rows: Row[]): void {
  test.describe(section, () => {
    for (const { name, always = {}, bend = {}, then } of rows) {
      test(name, { annotation: feature('Odd answers') }, async ({ world, playwright }) => {
        const { mock, admin, okta, app } = world;
        mock.bend = always;
        const { connected, checks } = await admin.connect(okta);
        const failed = checks.filter(({ outcome }) => outcome === 'failed');
        if ('refusedAtConnect' in then) {
          expect(connected, 'connected').toBe(false);
          expect(failed.map(({ name, message }) => `${name}: ${message}`).join('\n')).toMatch(then.refusedAtConnect);
          return;
        }
        expect(failed).toEqual([]);

        mock.bend = { ...always, ...bend };
        const somebody = await Client.arrive(playwright.request, app);
        const { identity, status, title, reference } = await somebody.signIn(okta, ada);
        await somebody.leave();
        if ('signsIn' in then) {
          expect({ ...identity, title }).toMatchObject({ ...then.signsIn, title: 'Protected page' });
          return;
        }
        expect({ status, title }).toEqual(then.page);
        expect(identity, 'nobody is signed in').toBeUndefined();
        expect(await admin.reasonOf(reference)).toMatch(then.because);
      });
    }
  });
}
