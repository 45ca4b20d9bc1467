import { ada } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';

const stepUp = { tag: '@step-up' };

test.beforeEach(async ({ visitor }) => {
  await visitor.connectOkta();
});

test('asks whoever is signed in to confirm that it is them, and comes back', stepUp, async ({ javaScriptEnabled, okta, visitor }) => {
  const { page } = visitor;
  await visitor.startSession(ada);
  visitor.watch.expect(401, '/payments');
  const answer = await visitor.open('/payments');
  expect(answer?.status()).toBe(401);
  expect(answer?.headers()['www-authenticate']).toBe('Bearer error="insufficient_user_authentication", max_age="300"');
  await expect(visitor.heading('Confirm that it’s you')).toBeVisible();
  await expect(visitor.main).toContainText('This page needs a sign-in that is at most 5 minutes old.');
  await expect(visitor.field('Payee')).toBeHidden();

  await page.getByRole('link', { name: 'Confirm it’s you' }).click();
  // The provider knows her, and asks all the same.
  await okta.signIn(page, ada);
  await visitor.expectAt('/payments');
  await visitor.hydrated();
  await visitor.field('Payee').fill('Charles');
  await page.getByRole('button', { name: 'Pay' }).click();
  if (javaScriptEnabled !== false) await expect(visitor.main).toContainText('Paid to Charles.');
});

test('takes whoever is not signed in to a sign-in that is recent enough', async ({ app, okta, visitor }) => {
  const { page } = visitor;
  const answer = await page.request.get(`${app.origin}/payments`, { maxRedirects: 0 });
  expect(answer.headers().location).toBe('/login?return_to=%2Fpayments&max_age=300');
  await visitor.open('/payments');
  await okta.signIn(page, ada);
  await visitor.expectAt('/payments');
  await expect(visitor.field('Payee')).toBeVisible();
});

test('ends on a page, and in no loop, if the sign-in is not what was asked for', stepUp, async ({ okta, visitor }) => {
  const { page } = visitor;
  await visitor.open('/payments');
  visitor.watch.expect(403, '/authorization-code/callback');
  await okta.signInSecondsAgo(page, ada, 3600);
  await expect(visitor.heading('Your sign-in is not enough for this page')).toBeVisible();
  await expect(visitor.main).toContainText('at most 5 minutes old');
  await expect(visitor.main).toContainText('Okta says: signed in on');

  await page.getByRole('link', { name: 'Try again' }).click();
  await okta.signIn(page, ada);
  await visitor.expectAt('/payments');
  await expect(visitor.field('Payee')).toBeVisible();
});
