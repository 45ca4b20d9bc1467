import { ada, grace } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';
import type { Visitor } from '../../support/visitor.ts';

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
  await visitor.signIn(ada);
  await visitor.open('/settings/okta');
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
  await expect(entries(visitor).first()).toContainText(`${ada.name} (${ada.subject})`);
  await expect(entries(visitor).first()).toContainText('127.0.0.1');
  await expect(entries(visitor).nth(4)).toContainText('failed: Client ID and secret');
  const html = await visitor.page.content();
  for (const secret of [okta.clientSecret, 'not-the-secret', app.setupCode]) expect(html).not.toContain(secret);

  const somebodyElse = await arrive();
  await somebodyElse.open('/settings/okta');
  await expect(somebodyElse.heading('What happened')).toBeHidden();
  await somebodyElse.signIn(grace);
  await somebodyElse.open('/settings/okta');
  await expect(somebodyElse.heading('You are not an admin of this app')).toBeVisible();
  await expect(somebodyElse.heading('What happened')).toBeHidden();
});

test('leads to what is older, and back', async ({ app, request, visitor }) => {
  const { page } = visitor;
  await visitor.openSettingsWithCode();
  // A page has 20 entries: more than that, in the quickest way there is.
  for (let guess = 1; guess <= 21; guess++) {
    await request.get(`${app.origin}/authorization-code/callback?state=guess-${guess}`);
  }
  await visitor.open('/settings/okta');
  await expectEvents(visitor, ...Array(20).fill('sign_in_refused'));

  await page.getByRole('link', { name: 'Older' }).click();
  await expectEvents(visitor, 'sign_in_refused', 'setup_code_accepted', 'setup_code_made');
  await expect(page.getByRole('link', { name: 'Older' })).toBeHidden();

  await page.getByRole('link', { name: 'Newest' }).click();
  await expectEvents(visitor, ...Array(20).fill('sign_in_refused'));
});
