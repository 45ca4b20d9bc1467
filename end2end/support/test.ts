import { test as base, expect } from '@playwright/test';
import { App, type AppName, type Environment } from './app.ts';
import { freePort } from './port.ts';
import { Provider, type ProviderName } from './provider.ts';
import { Visitor } from './visitor.ts';

export { expect };

export interface Options {
  /** Which provider stands in for Okta. */
  provider: ProviderName;
  /** Which app is tested. */
  appName: AppName;
}

interface PerWorker extends Options {
  /** Where the app listens: the provider has to know it before the app starts. */
  port: number;
  /** What stands in for Okta. */
  okta: Provider;
}

interface PerTest {
  /** What the operator gives the app beyond what it needs to start. */
  environment: Environment;
  /** A fresh app that nobody has set up. */
  app: App;
  /** Brings another person with a browser of their own. */
  arrive: () => Promise<Visitor>;
  /** The first person there. */
  visitor: Visitor;
}

export const test = base.extend<PerTest, PerWorker>({
  provider: ['oidc-provider', { option: true, scope: 'worker' }],

  appName: ['reference', { option: true, scope: 'worker' }],

  port: [async ({}, use) => use(await freePort()), { scope: 'worker' }],

  okta: [
    async ({ provider, port }, use) => {
      const okta = await Provider.start(provider, `http://127.0.0.1:${port}`);
      await use(okta);
      await okta.stop();
    },
    { scope: 'worker' },
  ],

  environment: {},

  app: async ({ appName, environment, port, okta }, use, testInfo) => {
    const app = await App.start(port, environment, appName);
    await use(app);
    await app.stop();
    if (testInfo.status !== testInfo.expectedStatus) {
      await testInfo.attach('log of the app', { body: app.log, contentType: 'text/plain' });
      await testInfo.attach('log of the provider', { body: okta.log, contentType: 'text/plain' });
    }
  },

  arrive: async ({ app, browser, javaScriptEnabled, okta }, use) => {
    const visitors: Visitor[] = [];
    await use(async () => {
      const visitor = await Visitor.arrive(await browser.newContext(), app, okta, javaScriptEnabled);
      visitors.push(visitor);
      return visitor;
    });
    for (const { page } of visitors) await page.context().close();
    expect(visitors.flatMap(({ watch }) => watch.problems)).toEqual([]);
  },

  visitor: async ({ arrive }, use) => use(await arrive()),
});
