import { feature } from '../../support/feature.ts';
import { ada, alan } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';

const everywhere = { tag: '@everywhere', annotation: feature('Guarded page') };

test.beforeEach(async ({ visitor }) => {
  await visitor.connectOkta();
});

test('takes a signed-out person to sign in and back to the page they asked for', everywhere, async ({ app, okta, visitor }) => {
  const { page } = visitor;
  const path = '/protected?tab=2&query=a%20b';
  const answer = await page.request.get(app.origin + path, { maxRedirects: 0 });
  expect([302, 303, 307]).toContain(answer.status());
  expect(await answer.text()).toBe('');
  const login = new URL(answer.headers().location ?? '', app.origin);
  expect(login.pathname).toBe('/login');
  expect(login.searchParams.get('return_to')).toBe(path);

  await page.goto(app.origin + path);
  await okta.signIn(page, ada);
  await visitor.expectAt(path);
  await expect(visitor.heading('Protected page')).toBeVisible();
});

test('opens by a link in the app', async ({ visitor }) => {
  await visitor.signIn(ada);
  await visitor.page.getByRole('link', { name: 'Protected' }).click();
  await expect(visitor.heading('Protected page')).toBeVisible();
  await visitor.expectAt('/protected');
});

test('opens by a link in the app without the page being loaded anew', { tag: '@script' }, async ({ visitor }) => {
  const { page } = visitor;
  await visitor.signIn(ada);
  await page.evaluate(() => Object.assign(window, { sameDocument: true }));
  for (const [link, heading] of [
    ['Protected', 'Protected page'],
    ['Identity', 'Your identity'],
  ] as const) {
    await page.getByRole('link', { name: link }).click();
    await expect(visitor.heading(heading)).toBeVisible();
  }
  expect(await page.evaluate(() => 'sameDocument' in window)).toBe(true);
});

test('takes a signed-out person to sign in by a link in the app', async ({ okta, visitor }) => {
  const { page } = visitor;
  await visitor.open('/');
  await page.getByRole('link', { name: 'Protected' }).click();
  await okta.signIn(page, ada);
  await visitor.expectAt('/protected');
  await expect(visitor.heading('Protected page')).toBeVisible();
});

test('opens a page for one group to its members, whichever way they come', async ({ visitor }) => {
  const { page } = visitor;
  const link = page.getByRole('link', { name: 'page for one group' });
  const expectOpen = async () => {
    await visitor.expectAt('/engineering');
    await expect(visitor.heading('Engineering')).toBeVisible();
  };
  await visitor.signIn(ada);
  await test.step('by a link, while the browser knows no groups', async () => {
    await link.click();
    await expectOpen();
    // Leptos cannot hydrate a page whose address has changed meanwhile, as going back here does: the guard reloaded a
    // page that a link had opened, which to browsers is the same document.
    await visitor.hydrated();
  });
  await test.step('back, and there again', async () => {
    await page.goBack();
    await visitor.expectAt('/');
    await visitor.hydrated();
    await link.click();
    await expectOpen();
  });
  await test.step('loaded anew, away by a link and back', async () => {
    await page.reload();
    await visitor.hydrated();
    await expectOpen();
    await page.getByRole('link', { name: 'Protected' }).click();
    await expect(visitor.heading('Protected page')).toBeVisible();
    await page.goBack();
    await expectOpen();
  });
});

test('refuses a page for one group to everybody else', async ({ visitor }) => {
  const { page } = visitor;
  visitor.watch.expect(403, '/engineering');
  await visitor.signIn(alan);
  const expectRefused = async () => {
    await expect(visitor.heading("You don't have access to this page")).toBeVisible();
    await expect(visitor.main).toContainText('the Okta group “Engineering”');
    await expect(visitor.heading('Engineering')).toBeHidden();
  };
  await page.getByRole('link', { name: 'page for one group' }).click();
  await visitor.expectAt('/engineering');
  await expectRefused();
  expect((await visitor.open('/engineering'))?.status()).toBe(403);
  await expectRefused();
});
