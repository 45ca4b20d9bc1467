import { test as base, expect } from '@playwright/test';
import { App } from './app.ts';
import { Client } from './client.ts';
import { freePort } from './port.ts';
import { Provider, type ProviderName } from './provider.ts';

export { expect };

interface Fixtures {
  app: App;
  /** Starts the provider as the test wants it. */
  start: (...more: string[]) => Promise<Provider>;
  /** Brings another person, or somebody with a copy of another one's cookies. */
  arrive: (like?: Client) => Promise<Client>;
  /** Somebody with the setup code. */
  admin: Client;
}

/** For what a browser adds nothing to: a fresh app, a provider, and people who speak plain HTTP. */
export const test = base.extend<Fixtures, { provider: ProviderName }>({
  provider: ['oidc-provider', { option: true, scope: 'worker' }],

  app: async ({}, use) => {
    const app = await App.start(await freePort(), { METRICS_ADDR: `127.0.0.1:${await freePort()}` });
    await use(app);
    await app.stop();
  },

  start: async ({ provider, app }, use, testInfo) => {
    const started: Provider[] = [];
    await use(async (...more) => {
      const one = await Provider.start(provider, app.origin, ...more);
      started.push(one);
      return one;
    });
    for (const one of started) await one.stop();
    if (testInfo.status !== testInfo.expectedStatus) {
      await testInfo.attach('log of the app', { body: app.log, contentType: 'text/plain' });
      for (const { log } of started)
        await testInfo.attach('log of the provider', { body: log, contentType: 'text/plain' });
    }
  },

  arrive: async ({ playwright, app }, use) => {
    const clients: Client[] = [];
    await use(async (like) => {
      const client = await Client.arrive(playwright.request, app, like);
      clients.push(client);
      return client;
    });
    for (const client of clients) await client.leave();
  },

  admin: async ({ arrive }, use) => {
    const admin = await arrive();
    await admin.enterSetupCode();
    await use(admin);
  },
});
