import { ada, grace } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';
import type { Visitor } from '../../support/visitor.ts';

// The plugin in an app that was there first.

test('is connected on a page of the app', async ({ visitor }) => {
  await visitor.openSettingsWithCode();
  await visitor.submitConnection(visitor.connectionForm());
  await expect(visitor.page.getByText('Connection saved.')).toBeVisible();
  await visitor.open('/staff/okta/connection');
  for (const check of ['issuer', 'discovery', 'endpoints', 'credentials', 'redirect_uri'] as const) {
    await visitor.expectCheck(check, 'passed');
  }
});

test.describe('once connected', () => {
  test.beforeEach(async ({ visitor }) => visitor.connectOkta());

  test('guards a page by its address', async ({ app, okta, visitor }) => {
    const { page } = visitor;
    const answer = await page.request.get(`${app.origin}/write?from=mail`, { maxRedirects: 0 });
    expect(answer.headers().location).toBe('/auth/login?return_to=%2Fwrite%3Ffrom%3Dmail');

    await visitor.open('/write?from=mail');
    await okta.signIn(page, ada);
    await visitor.expectAt('/write?from=mail');
    await expect(visitor.heading('Write a post')).toBeVisible();
  });

  test('guards a page by a link', async ({ okta, visitor }) => {
    const { page } = visitor;
    await visitor.open('/');
    await page.getByRole('link', { name: 'Write' }).click();
    await okta.signIn(page, ada);
    await visitor.expectAt('/write');
    await expect(visitor.heading('Write a post')).toBeVisible();
  });

  test('refuses a server function to whoever is not signed in', async ({ app, visitor }) => {
    const form = { title: 'A title', body: 'Some text' };
    const answer = await visitor.page.request.post(`${app.origin}/api/publish`, { form });
    expect(answer.status()).toBe(401);
    await visitor.open('/');
    await expect(visitor.page.getByRole('link', { name: 'A title' })).toBeHidden();
  });

  test('gives each person a row among the users of the app', async ({ arrive, visitor }) => {
    const people = [visitor, await arrive(), await arrive()] as const;
    await people[0].signInAt('/write', ada);
    await people[1].signInAt('/write', grace);
    await people[2].signInAt('/write', ada);
    const rows = await Promise.all(people.map(({ main }) => main.getByText(/^You write as/).innerText()));
    expect(rows[0]).toMatch(/^You write as Ada Lovelace, author number \d+ since \d+ \w+ \d{4}\.$/);
    expect(rows[1]).toContain('Grace Hopper');
    expect(rows[1]).not.toContain(authorNumber(rows[0]));
    expect(rows[2]).toBe(rows[0]);

    await publish(visitor, 'On looms', 'They weave algebraic patterns.');
    await expect(visitor.main).toContainText('Ada Lovelace,');
  });

  test('signs out, here and at Okta', async ({ okta, visitor }) => {
    const { page } = visitor;
    await visitor.signInAt('/write', ada);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await okta.confirmSignOut(page);
    await expect(page.getByRole('link', { name: 'Staff' })).toBeVisible();

    await visitor.open('/write');
    await okta.signIn(page, grace);
    await expect(visitor.main).toContainText('You write as Grace Hopper');
  });

  test('keeps what was typed when the session ended meanwhile, and sends it after signing in again', async ({ app, visitor }) => {
    const { page } = visitor;
    await visitor.signInAt('/write', ada);
    await visitor.field('Title').fill('Half a post');
    await visitor.field('Text').fill('It took an hour to write');

    await page.request.post(`${app.origin}/auth/logout`, { maxRedirects: 0 });
    visitor.watch.expect(401, '/api/publish');
    await visitor.press('Publish');
    await expect(visitor.main).toContainText('The post was not published.');
    await visitor.expectAt('/write');

    const newTab = page.context().waitForEvent('page');
    await page.getByRole('link', { name: 'sign in again' }).click();
    const tab = await newTab;
    // Okta knows her still, and asks nothing.
    await expect(tab.getByRole('heading', { name: "You're signed in" })).toBeVisible();
    await tab.close();
    await visitor.press('Publish');
    await expect(visitor.heading('Half a post')).toBeVisible();
    await expect(visitor.main).toContainText('It took an hour to write');
  });
});

test('shows the settings by a link in the app, and back, without the page being loaded anew', async ({ visitor }) => {
  const { page } = visitor;
  await visitor.connectOkta();
  await visitor.signInAt('/write', ada);
  await visitor.open('/staff/okta/roles');
  await page.evaluate(() => Object.assign(window, { sameDocument: true }));
  await page.getByRole('link', { name: 'The blog' }).click();
  await expect(visitor.heading('Newest posts')).toBeVisible();
  await page.goBack();
  await expect(visitor.heading('Roles')).toBeVisible();
  await page.goForward();
  await expect(visitor.heading('Newest posts')).toBeVisible();
  expect(await page.evaluate(() => 'sameDocument' in window)).toBe(true);
});

async function publish(visitor: Visitor, title: string, body: string): Promise<void> {
  await visitor.field('Title').fill(title);
  await visitor.field('Text').fill(body);
  await visitor.press('Publish');
  await expect(visitor.heading(title)).toBeVisible();
}

function authorNumber(row: string): string {
  return /author number \d+/.exec(row)?.[0] ?? row;
}
