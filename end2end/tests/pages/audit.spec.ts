import { readFile } from 'node:fs/promises';
import { ada, grace } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';
import type { Visitor } from '../../support/visitor.ts';

const activity = '/settings/okta/activity';

const entries = ({ page }: Visitor) => page.locator('tr[data-event]');

async function expectEvents(visitor: Visitor, ...events: string[]): Promise<void> {
  await expect
    .poll(() => entries(visitor).evaluateAll((rows) => rows.map((row) => row.getAttribute('data-event'))))
    .toEqual(events);
}

test('says what happened, newest first, to admins alone', async ({ app, arrive, okta, visitor }) => {
  await visitor.openSettingsWithCode();
  await visitor.submitConnection(visitor.connectionForm({ clientSecret: 'not-the-secret' }));
  await visitor.connectOkta();
  await visitor.startSession(ada);
  await visitor.open(activity);
  await expectEvents(
    visitor,
    'signed_in',
    'became_admin',
    'connected',
    'setup_code_accepted',
    'connect_refused',
    'setup_code_accepted',
    'setup_code_made',
  );
  await expect(entries(visitor).first()).toContainText(ada.name);
  await expect(entries(visitor).first().getByTitle(ada.subject)).toBeVisible();
  await expect(entries(visitor).first()).toContainText('127.0.0.1');
  await expect(entries(visitor).nth(4)).toContainText('failed: Client ID and secret');
  const html = await visitor.page.content();
  for (const secret of [okta.clientSecret, 'not-the-secret', app.setupCode]) expect(html).not.toContain(secret);

  const somebodyElse = await arrive();
  await somebodyElse.open(activity);
  await expect(somebodyElse.heading('Activity log')).toBeHidden();
  await somebodyElse.startSession(grace);
  await somebodyElse.open(activity);
  await expect(somebodyElse.heading('You are not an admin of this app')).toBeVisible();
  await expect(somebodyElse.heading('Activity log')).toBeHidden();
});

test('leads to what is older and back, within the filter', async ({ app, request, visitor }) => {
  const { page } = visitor;
  await visitor.openSettingsWithCode();
  // A page has 20 entries: more than that, in the quickest way there is.
  for (let guess = 1; guess <= 21; guess++) {
    await request.get(`${app.origin}/authorization-code/callback?state=guess-${guess}`);
  }
  await visitor.open(activity);
  await expectEvents(visitor, ...Array(20).fill('sign_in_refused'));
  await expect(page.getByRole('link', { name: 'Newer' })).toBeHidden();

  await page.getByRole('link', { name: 'Older' }).click();
  await expectEvents(visitor, 'sign_in_refused', 'setup_code_accepted', 'setup_code_made');
  await expect(page.getByRole('link', { name: 'Older' })).toBeHidden();

  await page.getByRole('link', { name: 'Newer' }).click();
  await expectEvents(visitor, ...Array(20).fill('sign_in_refused'));

  await visitor.field('Event').selectOption('Sign-in failed');
  await page.getByRole('button', { name: 'Filter' }).click();
  await page.getByRole('link', { name: 'Older' }).click();
  await expectEvents(visitor, 'sign_in_refused');
  await expect(visitor.field('Event')).toHaveValue('sign_in_refused');
  await page.getByRole('link', { name: 'Clear' }).click();
  await visitor.expectAt(activity);
});

test('finds what a person did, and exports it', async ({ arrive, visitor }) => {
  const { page } = visitor;
  await visitor.connectOkta();
  await visitor.startSession(ada);
  const somebodyElse = await arrive();
  await somebodyElse.startSession(grace);
  await visitor.open(activity);
  await visitor.field('Person').fill('HOPPER');
  await page.getByRole('button', { name: 'Filter' }).click();
  await expectEvents(visitor, 'signed_in');
  await expect(entries(visitor)).toContainText(grace.name);

  for (const [link, content] of [
    ['CSV', `"signed_in","${grace.name}"`],
    ['JSON lines', '"event":"signed_in"'],
  ] as const) {
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: link }).click();
    const file = await readFile(await (await downloading).path(), 'utf8');
    expect(file).toContain(content);
    expect(file).not.toContain(ada.name);
  }

  await visitor.field('Person').fill('nobody of this name');
  await page.getByRole('button', { name: 'Filter' }).click();
  await expect(page.getByText('No activity matches this filter.')).toBeVisible();
});

test('tells the time where the reader is', { tag: '@script' }, async ({ visitor }) => {
  await visitor.openSettingsWithCode();
  await visitor.open(activity);
  const time = entries(visitor).first().locator('time');
  await expect(time).toHaveAttribute('title', / UTC$/);
  const local = await time.evaluate((element: HTMLTimeElement) =>
    new Date(element.dateTime).toLocaleString('default', { dateStyle: 'medium', timeStyle: 'short' }),
  );
  await expect(time).toHaveText(local);
});
