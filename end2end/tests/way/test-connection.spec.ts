import { ada } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';

test('shows in a new tab what a sign-in brings, and starts no session', async ({ app, okta, visitor }) => {
  const { page } = visitor;
  await visitor.connectOkta();
  await visitor.setRoles(['Engineering', 'editor'], ['engineering', 'author'], ['Ghosts', 'ghost']);
  await visitor.open('/settings/okta/connection');

  const tab = await visitor.testConnection(ada);
  const tested = tab.locator('section[aria-labelledby="okta-tested"]');
  await expect(tested).toContainText('The test sign-in worked. It didn’t start a session.');
  const claims = (title: string) => tested.getByRole('group').filter({ hasText: title });
  for (const title of ['Claims in the ID token', 'Claims in userinfo']) {
    for (const claim of [ada.subject, ada.name, ...ada.groups]) await expect(claims(title)).toContainText(claim);
  }
  await expect(claims('Claims in the ID token')).toContainText(okta.issuer);
  await expect(tested).toContainText(`${ada.groups.length} from userinfo.`);
  await tested.getByText('Show the groups').click();
  await expect(tested.getByRole('listitem')).toHaveText(ada.groups);
  await expect(tested).toContainText(`Person${ada.name}`);
  await expect(tested).toContainText('Roleseditor');
  await expect(tested).toContainText('Okta calls it “Engineering”');
  await expect(tested).toContainText("Okta didn't send it: this person isn't a member");

  // A JSON Web Token begins so.
  expect(await tab.content()).not.toContain('eyJ');
  await expect(tab.getByRole('banner').getByRole('link', { name: 'Sign in with Okta' })).toBeVisible();
  expect((await page.request.get(`${app.origin}/api/identity`)).status()).toBe(401);
});
