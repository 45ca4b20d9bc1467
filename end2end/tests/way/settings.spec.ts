import { ada } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';

test.beforeEach(async ({ visitor }) => {
  await visitor.connectOkta();
  await visitor.startSession(ada);
  await visitor.open('/settings/okta/connection');
});

test('saves without the secret being typed again', async ({ visitor }) => {
  const { clientId, issuer } = visitor.connectionForm();
  await expect(visitor.page.getByLabel('Client ID', { exact: true })).toHaveValue(clientId);
  await expect(visitor.page.getByLabel('Issuer URI', { exact: true })).toHaveValue(issuer);
  await expect(visitor.page.getByLabel('Client secret', { exact: true })).toHaveValue('');

  await visitor.submitConnection({ clientId, issuer }, 'Save changes');
  await visitor.expectCheck('credentials', 'passed');
  await expect(visitor.heading('Connected to Okta')).toBeVisible();
});

test('keeps the working connection when a change is refused', async ({ arrive, okta, visitor }) => {
  await visitor.submitConnection(visitor.connectionForm({ clientSecret: 'not-the-secret' }), 'Save changes');
  await visitor.expectCheck('credentials', 'failed');
  await expect(visitor.main.locator('dl').first()).toContainText(okta.issuer);

  const somebodyElse = await arrive();
  await somebodyElse.signIn(ada);
});

test('checks again', async ({ okta, visitor }) => {
  await visitor.press('Run checks');
  await visitor.expectCheck('issuer', 'passed');
  await visitor.expectCheck('credentials', 'passed');
  await visitor.expectCheck('redirect_uri', okta.name === 'emulate' ? 'unknown' : 'passed');
});

test('disconnects, but asks first', async ({ visitor }) => {
  const { page } = visitor;
  const confirm = page.getByRole('button', { name: 'Yes, disconnect' });
  await expect(confirm).toBeHidden();
  await page.getByText('Disconnect…').click();
  await visitor.press('Yes, disconnect');
  await expect(page.getByText('Okta is disconnected.')).toBeVisible();
  await expect(visitor.heading('Connected to Okta')).toBeHidden();

  await visitor.open('/');
  await expect(page.getByText('Okta is not connected yet')).toBeVisible();
});
