import { alan, ada } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';

test.beforeEach(async ({ visitor }) => {
  await visitor.connectOkta();
  await visitor.startSession(ada);
});

test('an admin ends a person’s session, and their next visit goes through the sign-in and comes back', async ({
  arrive,
  okta,
  visitor,
}) => {
  const alans = await arrive();
  await alans.startSession(alan);

  const { page } = visitor;
  await visitor.open('/settings/okta/people');
  const rows = page.locator('tr[data-session]');
  await expect(rows).toHaveCount(2);
  await visitor.field('Person').fill(alan.name);
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText('Chrome on Linux');
  await visitor.hydrated();
  await rows.locator('summary').click();
  await rows.getByRole('button', { name: 'Yes, end this session' }).click();
  await expect(page.locator('.okta-done')).toHaveText('The session has ended.');
  await expect(page.getByText('Nobody who is signed in matches this search.')).toBeVisible();

  // The provider still knows them, so they type nothing.
  const asked = alans.page.waitForRequest((request) => request.url().startsWith(okta.origin));
  await alans.open('/protected');
  await asked;
  await alans.expectAt('/protected');
});

test('an admin ends a person’s session, and their next click asks to sign in and comes back', async ({
  app,
  arrive,
  javaScriptEnabled,
  okta,
  visitor,
}) => {
  const alans = await arrive();
  await alans.signIn(alan);
  const data = { issuer: okta.issuer, subject: alan.subject };
  await expect(await visitor.page.request.delete(`${app.origin}/api/okta/sessions`, { data })).toBeOK();

  const { page } = alans;
  alans.watch.expect(401, '/api/greeting');
  alans.watch.expect(401, '/api/identity');
  await page.getByRole('link', { name: 'Protected' }).click();
  if (javaScriptEnabled === false) {
    await alans.expectAt('/protected');
    await expect(alans.heading('Protected page')).toBeVisible();
    return;
  }
  // The app's own script opens the page; the server refuses what is on it.
  const newTab = page.context().waitForEvent('page');
  await page.getByRole('status').getByRole('link', { name: 'Sign in again' }).click();
  const tab = await newTab;
  await expect(tab.getByRole('heading', { name: "You're signed in" })).toBeVisible();
  await tab.close();
  await alans.lookAgain();
  await expect(page.getByRole('status').getByText('You’re signed out.')).toBeHidden();
  await alans.expectAt('/protected');
  await alans.field('Note').fill('back again');
  await page.getByRole('button', { name: 'Keep' }).click();
  await expect(alans.main).toContainText('Your note: back again.');
});

test('an admin signs everybody out, and themselves', async ({ arrive, visitor }) => {
  const alans = await arrive();
  await alans.startSession(alan);
  const { page } = visitor;
  await visitor.open('/settings/okta/people');
  await expect(page.getByText('This session', { exact: true })).toBeVisible();
  await page.getByText('Sign out everybody…').click();
  await page.getByRole('button', { name: 'Yes, sign out everybody' }).click();
  await expect(visitor.main.getByRole('link', { name: 'Sign in with Okta' })).toBeVisible();
  await visitor.hydrated();
  await alans.open('/');
  await expect(alans.main.getByRole('link', { name: 'Sign in with Okta' })).toBeVisible();
});

test('a person sees where they are signed in, and ends it there', async ({ app, arrive, visitor }) => {
  const elsewhere = [await arrive(), await arrive()];
  for (const browser of elsewhere) await browser.startSession(ada);
  const isSignedIn = async ({ page }: typeof visitor) => (await page.request.get(`${app.origin}/api/identity`)).ok();

  const { page } = visitor;
  await visitor.open('/');
  await page.getByRole('banner').getByRole('link', { name: 'Identity' }).click();
  const sessions = page.locator('.okta-my-sessions li');
  await expect(sessions).toHaveCount(3);
  await expect(sessions.filter({ hasText: 'This browser' })).toHaveCount(1);
  await sessions.getByRole('button', { name: 'Sign out of Chrome on Linux' }).first().click();
  await expect(page.locator('.okta-done')).toHaveText('Signed out.');
  await expect(sessions).toHaveCount(2);
  await visitor.hydrated();
  await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await expect(sessions).toHaveCount(1);
  await visitor.expectAt('/identity?okta_sessions=ended');
  expect(await Promise.all([visitor, ...elsewhere].map(isSignedIn))).toEqual([true, false, false]);
});
