import { defineConfig } from '@playwright/test';
import type { ProviderName } from './support/provider.ts';
import type { Options } from './support/test.ts';

// The whole way through the app, four times: both providers, each with JavaScript and without. What only exists with
// JavaScript is tagged @script, what needs a provider that refuses a sign-in @refusal (emulate never does), what needs
// Okta's API @api (only emulate has it). How pages look does not depend on the provider, so that is seen once.
const providers: ProviderName[] = ['oidc-provider', 'emulate'];

const ways = providers.flatMap((provider) => {
  const lacks = provider === 'emulate' ? [/@refusal/] : [/@api/];
  return [
    { name: `${provider}, JavaScript on`, testDir: 'tests/way', grepInvert: lacks, use: { provider } },
    {
      name: `${provider}, JavaScript off`,
      testDir: 'tests/way',
      grepInvert: [...lacks, /@script/],
      use: { provider, javaScriptEnabled: false },
    },
  ];
});

export default defineConfig<object, Options>({
  outputDir: 'results/failures',
  reporter: 'list',
  fullyParallel: true,
  workers: 2,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: {
    browserName: 'chromium',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      // No sandbox, because root has none; the rest keeps Chromium from calling anybody on its own.
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [...ways, { name: 'looks', testDir: 'tests/looks', use: { provider: 'oidc-provider' } }],
});
