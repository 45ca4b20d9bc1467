import type { Locator, Page } from '@playwright/test';
import { ada, alan } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';

const script = { tag: '@script' };

const signedOut = (page: Page): Locator => page.getByRole('status').getByText('You’re signed out.');

test.beforeEach(async ({ visitor }) => {
  await visitor.connectOkta();
  await visitor.startSession(ada);
  // The page asks who is signed in, and nobody is.
  visitor.watch.expect(401, '/api/identity');
});

test('tells the other tabs of a sign-out; a form half filled survives, and is sent', script, async ({ app, okta, visitor }) => {
  const { page } = visitor;
  await visitor.open('/protected');
  await visitor.field('Note').fill('half a thought');
  const tab = await page.context().newPage();
  await tab.goto(app.origin);
  await tab.getByRole('button', { name: 'Sign out' }).click();
  await okta.confirmSignOut(tab);
  await expect(tab.getByRole('link', { name: 'Sign in with Okta' }).first()).toBeVisible();
  await expect(signedOut(tab)).toBeHidden();

  await expect(signedOut(page)).toBeVisible();
  await expect(page.getByText('Signed in as')).toBeHidden();
  await expect(visitor.field('Note')).toHaveValue('half a thought');

  const newTab = page.context().waitForEvent('page');
  await page.getByRole('link', { name: 'Sign in again' }).click();
  const again = await newTab;
  await okta.signIn(again, ada);
  await expect(again.getByRole('heading', { name: "You're signed in" })).toBeVisible();
  await again.close();
  await visitor.lookAgain();
  await expect(signedOut(page)).toBeHidden();
  await expect(page.getByText('Signed in as Ada Lovelace')).toBeVisible();
  await expect(visitor.field('Note')).toHaveValue('half a thought');
  await page.getByRole('button', { name: 'Keep' }).click();
  await expect(visitor.main).toContainText('Your note: half a thought.');
});

test('says it as soon as the server refuses what the page asks for', script, async ({ app, visitor }) => {
  const { page } = visitor;
  await visitor.open('/protected');
  await page.request.post(`${app.origin}/logout`, { maxRedirects: 0 });
  await expect(signedOut(page)).toBeHidden();
  visitor.watch.expect(401, '/api/keep_note');
  visitor.watch.expect(401, '/api/greeting');
  await page.getByRole('button', { name: 'Keep' }).click();
  await expect(signedOut(page)).toBeVisible();
});

test('shows nothing of a page as somebody else’s', script, async ({ app, okta, visitor }) => {
  const { page } = visitor;
  await visitor.open('/protected');
  const tab = await page.context().newPage();
  await tab.goto(app.origin);
  await tab.getByRole('button', { name: 'Sign out' }).click();
  await okta.confirmSignOut(tab);
  await tab.getByRole('link', { name: 'Sign in with Okta' }).first().click();
  await okta.signIn(tab, alan);
  await expect(tab.getByText('Signed in as Alan Turing')).toBeVisible();
  await expect(page.getByRole('status').getByText('Someone signed in with a different account')).toBeVisible();
  await expect(page.getByText('Signed in as Alan Turing')).toBeHidden();
  await page.getByRole('link', { name: 'Load this page again' }).click();
  await expect(page.getByText('Signed in as Alan Turing')).toBeVisible();
});

test('asks nothing while the page lies open, and once when the time of the session is up', script, async ({ visitor }) => {
  const { page } = visitor;
  await page.clock.install();
  await visitor.open('/protected');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.clock.fastForward('11:00:00');
  expect(asked).toEqual([]);
  const answer = page.waitForResponse((response) => response.url().endsWith('/api/identity'));
  await page.clock.fastForward('01:10:00');
  expect((await answer).status()).toBe(200);
  expect(asked).toEqual(['/api/identity']);
});

test('closes a WebSocket', script, async ({ app, okta, visitor }) => {
  const { page } = visitor;
  await visitor.open('/protected');
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        const socket = new WebSocket('/api/live');
        socket.onopen = resolve;
        socket.onclose = ({ code, reason }) => (document.title = `closed: ${code} ${reason}`);
      }),
  );
  const tab = await page.context().newPage();
  await tab.goto(app.origin);
  await tab.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveTitle('closed: 1008 You are signed out');
  await okta.confirmSignOut(tab);
});
