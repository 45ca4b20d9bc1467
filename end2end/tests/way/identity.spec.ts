import { feature } from '../../support/feature.ts';
import { ada } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';

const everywhere = { tag: '@everywhere', annotation: feature('Identity') };

test.beforeEach(async ({ visitor }) => {
  await visitor.connectOkta();
});

test('shows who is signed in', everywhere, async ({ okta, visitor }) => {
  await visitor.signIn(ada);
  await visitor.page.getByRole('link', { name: 'Identity' }).click();
  await expect(visitor.heading('Your identity')).toBeVisible();
  for (const fact of [ada.name, ada.email, ada.subject, ada.locale, okta.issuer, ...ada.groups]) {
    await expect(visitor.main).toContainText(fact);
  }
});

test('gives the identity as JSON', async ({ app, okta, visitor }) => {
  const identity = `${app.origin}/api/identity`;
  expect((await visitor.page.request.get(identity)).status()).toBe(401);

  await visitor.startSession(ada);
  const answer = await visitor.page.request.get(identity);
  expect(answer.status()).toBe(200);
  expect(await answer.json()).toMatchObject({
    issuer: okta.issuer,
    subject: ada.subject,
    name: ada.name,
    email: ada.email,
    email_verified: true,
    locale: ada.locale,
    groups: ada.groups,
  });
});

test('sends no groups with a page that does not show them', async ({ app, visitor }) => {
  await visitor.startSession(ada);
  const html = await (await visitor.page.request.get(`${app.origin}/`)).text();
  expect(html).toContain(ada.email);
  for (const group of ada.groups) expect(html).not.toContain(group);
});
