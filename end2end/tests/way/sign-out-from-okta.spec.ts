import { ada } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';

const backChannel = { tag: '@back-channel' };

test('ends here when the person signs out at the provider', backChannel, async ({ app, okta, visitor }) => {
  const { page } = visitor;
  await visitor.connectOkta();
  await visitor.startSession(ada);
  const isSignedIn = async () => (await page.request.get(`${app.origin}/api/identity`)).ok();
  expect(await isSignedIn()).toBe(true);

  await page.goto(`${okta.origin}/session/end`);
  await okta.confirmSignOut(page);
  await expect.poll(isSignedIn).toBe(false);

  await test.step('and the settings page tells an admin of it', async () => {
    await visitor.startSession(ada);
    await visitor.open('/settings/okta/connection');
    const address = page.locator('#okta-sign-out-back_channel');
    await expect(address).toContainText('1 session ended');
  });
});

const addresses = [
  ['front_channel', 'Front-channel logout URI', '/frontchannel-logout'],
  ['universal_logout', 'Universal Logout endpoint', '/global-token-revocation'],
  ['back_channel', 'Back-channel logout URI', '/backchannel-logout'],
] as const;

test('has addresses to paste into Okta, which can be tried', async ({ app, visitor }) => {
  const { page } = visitor;
  await visitor.connectOkta();
  await visitor.startSession(ada);
  await visitor.open('/settings/okta/connection');
  for (const [name, label, path] of addresses) {
    const address = page.locator(`#okta-sign-out-${name}`);
    await expect(address).toContainText(label);
    await expect(address.locator('code')).toHaveText(app.origin + path);
    await expect(address).toContainText('Never called.');
    await address.getByRole('button', { name: `Try it: ${label}` }).click();
    await expect(page.getByRole('status').first()).toContainText('The address works');
    await expect(address).toContainText('Last call that was refused');
    await visitor.hydrated();
  }
});
