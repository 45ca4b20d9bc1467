import type { Page } from '@playwright/test';
import type { App } from '../../support/app.ts';
import { ada } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';

// Without refresh tokens and without an API token, a page asks the provider again on its way.

test.beforeEach(async ({ visitor }) => {
  await visitor.connectOkta({ recheck_seconds: 2 });
  await visitor.startSession(ada);
});

/** Waits until a guarded page would go to the provider. */
async function isDue(page: Page, app: App): Promise<void> {
  const headers = { accept: 'text/html' };
  const opened = async () => (await page.request.get(`${app.origin}/protected`, { headers, maxRedirects: 0 })).status();
  await expect.poll(opened).toBe(303);
}

test('a page asks the provider again, and nobody sees it', { tag: '@silent' }, async ({ app, okta, visitor }) => {
  const { page } = visitor;
  const before = await visitor.identity();
  await isDue(page, app);
  const asked = page.waitForRequest((request) => request.url().startsWith(okta.origin));
  await visitor.open('/protected?tab=2');
  expect(new URL((await asked).url()).searchParams.get('prompt')).toBe('none');
  await visitor.expectAt('/protected?tab=2');
  await expect(visitor.heading('Protected page')).toBeVisible();
  expect(await visitor.identity()).toEqual(before);
});

test('somebody whom the provider no longer knows signs in there and comes back', async ({ app, okta, visitor }) => {
  const { page } = visitor;
  await isDue(page, app);
  await page.context().clearCookies({ domain: new URL(okta.origin).hostname });
  await visitor.open('/protected');
  await okta.signIn(page, ada);
  await visitor.expectAt('/protected');
  await expect(visitor.heading('Protected page')).toBeVisible();
});

test('a page that anybody may see asks nobody', async ({ app, okta, visitor }) => {
  const { page } = visitor;
  await isDue(page, app);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).origin));
  await visitor.open('/');
  await visitor.expectSignedIn(ada);
  expect(asked).not.toContain(okta.origin);
});
