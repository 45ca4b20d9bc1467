import { ada } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';

test('keeps what was chosen when Connect is refused, and shows it again', async ({ visitor }) => {
  const { page } = visitor;
  await visitor.openSettingsWithCode();
  await page.getByText('Advanced options', { exact: true }).click();
  await visitor.field('Display name').fill('Okta of Example Ltd');
  await visitor.field('Authorization server').fill('default');
  await visitor.field('Groups claim').fill('teams');
  await visitor.field('If groups can’t be loaded').selectOption('Sign in without groups');
  await visitor.field('Extra scopes').fill('phone, address');
  await visitor.field('Extra claims').fill('department  cost_center');
  await visitor.field('Client authentication').selectOption('client_secret_basic');
  await visitor.submitConnection(visitor.connectionForm({ clientSecret: 'not-the-secret' }));

  const expectKept = async () => {
    await expect(visitor.field('Display name')).toHaveValue('Okta of Example Ltd');
    await expect(visitor.field('Authorization server')).toHaveValue('default');
    await expect(visitor.field('Groups claim')).toHaveValue('teams');
    await expect(visitor.field('If groups can’t be loaded')).toHaveValue('continue');
    await expect(visitor.field('Extra scopes')).toHaveValue('phone address');
    await expect(visitor.field('Extra claims')).toHaveValue('department cost_center');
    await expect(visitor.field('Client authentication')).toHaveValue('client_secret_basic');
    await expect(visitor.field('Client secret')).toHaveValue('');
  };
  await expect(visitor.heading('Checks')).toBeVisible();
  await expectKept();
  await visitor.open('/settings/okta');
  await expectKept();

  await visitor.field('None: this app doesn’t use groups').check();
  await expect(visitor.field('Groups claim')).toBeHidden();
});

test('composes the issuer, and carries extra claims into the identity', async ({ okta, visitor }) => {
  const { page } = visitor;
  await visitor.openSettingsWithCode();
  await page.getByText('Advanced options', { exact: true }).click();
  await visitor.field('Authorization server').fill(okta.authorizationServer);
  await visitor.field('Extra claims').fill('preferred_username');
  await visitor.submitConnection(visitor.connectionForm({ issuer: okta.unknownIssuer }));
  await expect(visitor.heading('Connected to Okta')).toBeVisible();
  await visitor.open('/settings/okta/connection');
  await visitor.expectCheck('claims', 'passed');
  await expect(visitor.main.locator('dl').first()).toContainText(okta.issuer);

  await visitor.signIn(ada);
  await page.getByRole('link', { name: 'Identity' }).click();
  await expect(visitor.main.locator('dl')).toContainText(`preferred_username"${ada.email}"`);
});

test('says how issuer and authorization server are understood', { tag: '@script' }, async ({ visitor }) => {
  await visitor.openSettingsWithCode();
  await visitor.page.getByText('Advanced options', { exact: true }).click();
  const understood = visitor.page.locator('#issuer-understood');
  await visitor.field('Issuer URI').fill('dev-1-admin.okta.com');
  await expect(understood).toHaveText('Issuer: https://dev-1.okta.com');
  await visitor.field('Authorization server').fill('aus1abc');
  await expect(understood).toHaveText('Issuer: https://dev-1.okta.com/oauth2/aus1abc');
  await visitor.field('Issuer URI').fill('dev-2.okta.com/oauth2/default');
  await expect(understood).toHaveText('Issuer: https://dev-2.okta.com/oauth2/aus1abc');
  await visitor.field('Authorization server').fill('no such/server');
  await expect(understood).toContainText("This can't be used");
});
