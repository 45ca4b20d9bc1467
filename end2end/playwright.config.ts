import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';
import type { ProviderName } from './support/provider.ts';
import type { Options } from './support/test.ts';

// The whole way through the app, four times: the two providers that are most like Okta, each with JavaScript and without.
// What only exists with JavaScript is tagged @script, what needs a provider that refuses a sign-in @refusal (emulate never
// does), what needs one that asks people again on demand @step-up, or knows `prompt=none` @silent (emulate doesn't), what
// needs Okta's API @api (only emulate has it), what needs back-channel logout @back-channel, a client without a secret
// @private-key, or tokens that are bound to the app @dpop (only oidc-provider has them).
const likeOkta: ProviderName[] = ['oidc-provider', 'emulate'];

const ways = likeOkta.flatMap((provider) => {
  const lacks =
    provider === 'emulate' ? [/@refusal/, /@step-up/, /@silent/, /@back-channel/, /@private-key/, /@dpop/] : [/@api/];
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

// Two more providers, for what must work everywhere.
const others: ProviderName[] = ['oauth2-mock-server', 'oidc-provider-mock'];

const everywhere = others.map((provider) => ({
  name: `${provider}, JavaScript on`,
  testDir: 'tests/way',
  grep: /@everywhere/,
  use: { provider },
}));

// What a browser adds nothing to, with each provider as far as it can: emulate calls its keys always the same, and
// oidc-provider-mock does not say in a token which key signed it.
const can: Record<ProviderName, RegExp> = {
  'oidc-provider': /@rs256|@algorithms|@signed-userinfo|@rotation|@same-kid|@slow|@refresh|@acr/,
  emulate: /@rs256|@same-kid|@slow|@refresh/,
  'oauth2-mock-server': /@rs256|@algorithms|@rotation|@without-kid|@same-kid|@slow/,
  'oidc-provider-mock': /@rs256|@without-kid|@slow/,
};

const protocol = [...likeOkta, ...others].map((provider) => ({
  name: `${provider}, protocol`,
  testDir: 'tests/protocol',
  grep: can[provider],
  use: { provider },
}));

// The first has no window of its own, and takes a third of the time.
const browsers = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];

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
      executablePath: process.env.CHROMIUM ?? browsers.find(existsSync),
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
  // What takes longest comes first, and what is short last: at the end no worker waits for another one.
  projects: [
    // How pages look is the same whoever signs people in, and so is what people do on them.
    { name: 'looks', testDir: 'tests/looks', use: { provider: 'oidc-provider' } },
    // Several organizations, each with a provider of its own.
    { name: 'organizations, JavaScript on', testDir: 'tests/organizations', use: { provider: 'oidc-provider' } },
    {
      name: 'organizations, JavaScript off',
      testDir: 'tests/organizations',
      grepInvert: /@script/,
      use: { provider: 'oidc-provider', javaScriptEnabled: false },
    },
    // Okta pushes people and groups.
    { name: 'provisioning, JavaScript on', testDir: 'tests/provisioning', use: { provider: 'oidc-provider' } },
    {
      name: 'provisioning, JavaScript off',
      testDir: 'tests/provisioning',
      grepInvert: /@script/,
      use: { provider: 'oidc-provider', javaScriptEnabled: false },
    },
    { name: 'pages, JavaScript on', testDir: 'tests/pages', use: { provider: 'oidc-provider' } },
    {
      name: 'pages, JavaScript off',
      testDir: 'tests/pages',
      grepInvert: /@script/,
      use: { provider: 'oidc-provider', javaScriptEnabled: false },
    },
    ...ways,
    ...everywhere,
    // An app that could be anybody's: examples/blog.
    { name: 'host', testDir: 'tests/host', use: { appName: 'blog', provider: 'oidc-provider' } },
    ...protocol,
    { name: 'oauth2-mock-server, answers', testDir: 'tests/answers' },
  ],
});
