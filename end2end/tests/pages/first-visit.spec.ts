import type { Response } from '@playwright/test';
import { expect, test } from '../../support/test.ts';

test('says that Okta is not connected, and where to connect it', async ({ visitor }) => {
  await visitor.open('/');
  await expect(visitor.page.getByText('Okta is not connected yet')).toBeVisible();

  await visitor.main.getByRole('link', { name: 'Connect Okta' }).click();
  await visitor.expectAt('/settings/okta');
  await expect(visitor.page.getByLabel('Setup code', { exact: true })).toBeVisible();
});

test('keeps guarded pages closed, by their address and by a link', async ({ visitor }) => {
  visitor.watch.expect(503, '/login');
  await visitor.open('/protected');
  await expect(visitor.heading('Sign-in is not set up yet')).toBeVisible();
  await expect(visitor.heading('Protected page')).toBeHidden();

  await visitor.open('/');
  await visitor.page.getByRole('link', { name: 'Protected' }).click();
  await expect(visitor.heading('Sign-in is not set up yet')).toBeVisible();
  await expect(visitor.heading('Protected page')).toBeHidden();
});

test('refuses a wrong setup code and takes the right one', async ({ app, visitor }) => {
  visitor.watch.expect(403, '/api/okta/enter_setup_code');
  await visitor.open('/settings/okta');
  await visitor.page.getByLabel('Setup code', { exact: true }).fill('not-the-code');
  await visitor.press('Continue');
  await expect(visitor.page.getByRole('alert')).toContainText(/code/i);
  await expect(visitor.page.getByLabel('Client ID', { exact: true })).toBeHidden();

  await visitor.hydrated();
  await visitor.page.getByLabel('Setup code', { exact: true }).fill(app.setupCode);
  await visitor.press('Continue');
  await expect(visitor.page.getByLabel('Client ID', { exact: true })).toBeVisible();
});

test('takes the setup code from the link and out of the address bar', async ({ app, visitor }) => {
  await visitor.openSettingsWithCode();
  await visitor.expectAt('/settings/okta');
  expect(await visitor.page.content()).not.toContain(app.setupCode);
});

test('lets nobody else in once the link was used', async ({ arrive, visitor }) => {
  await visitor.openSettingsWithCode();

  const somebodyElse = await arrive();
  await somebodyElse.open('/settings/okta');
  await expect(somebodyElse.page.getByLabel('Setup code', { exact: true })).toBeVisible();
  await expect(somebodyElse.page.getByLabel('Client ID', { exact: true })).toBeHidden();
});

test('shows the redirect URIs to register in Okta', async ({ app, visitor }) => {
  await visitor.openSettingsWithCode();
  await expect(visitor.page.locator('#sign-in-redirect-uri')).toHaveText(`${app.origin}/authorization-code/callback`);
  await expect(visitor.page.locator('#sign-out-redirect-uri')).toHaveText(`${app.origin}/`);
});

test('copies the redirect URIs', { tag: '@script' }, async ({ app, visitor }) => {
  const { page } = visitor;
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: app.origin });
  await visitor.openSettingsWithCode();

  for (const [button, uri] of [
    ['Copy sign-in redirect URI', `${app.origin}/authorization-code/callback`],
    ['Copy sign-out redirect URI', `${app.origin}/`],
  ] as const) {
    await page.getByRole('button', { name: button }).click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(uri);
  }
});

test('shows what it understood as issuer', { tag: '@script' }, async ({ visitor }) => {
  await visitor.openSettingsWithCode();
  const understood = visitor.page.locator('#issuer-understood');
  for (const [pasted, issuer] of [
    ['dev-1.okta.com', 'https://dev-1.okta.com'],
    ['https://dev-1-admin.okta.com/', 'https://dev-1.okta.com'],
    ['dev-1.okta.com/oauth2/default/.well-known/openid-configuration', 'https://dev-1.okta.com/oauth2/default'],
  ] as const) {
    await visitor.page.getByLabel('Issuer URI', { exact: true }).fill(pasted);
    await expect(understood).toContainText(issuer);
  }
});

test('loads files to keep for good, as the build compressed them', { tag: '@script' }, async ({ visitor }) => {
  const files = new Map<string, Response>();
  visitor.page.on('response', (response) => {
    const kind = /^\/pkg\/leptos_okta\.[\w-]{22}\.(\w+)$/.exec(new URL(response.url()).pathname)?.[1];
    if (kind) files.set(kind, response);
  });
  await visitor.open('/');
  expect([...files.keys()].sort()).toEqual(['css', 'js', 'wasm']);
  for (const file of files.values()) {
    expect(await file.headerValue('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(await file.headerValue('content-encoding')).toBe('br');
  }
});
