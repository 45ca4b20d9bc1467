import { ada } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';

test('an admin creates a token, a program uses it, and it ends when it is revoked', async ({ app, visitor }) => {
  await visitor.connectOkta();
  await visitor.startSession(ada);
  const { page } = visitor;
  await visitor.open('/settings/okta/api');
  await visitor.field('Name').fill('Deployment');
  await visitor.field('Access').selectOption('Read and write');
  await page.getByRole('button', { name: 'Create token' }).click();
  await expect(page.locator('.okta-done')).toHaveText('Token created.');
  const token = await page.locator('#new-token').innerText();
  const read = () => fetch(`${app.origin}/api/okta/connections`, { headers: { authorization: `Bearer ${token}` } });
  expect((await read()).status).toBe(200);

  await visitor.open('/settings/okta/api');
  await expect(page.locator('#new-token')).toBeHidden();
  const row = page.locator('li[data-token]');
  await expect(row).toContainText('Deployment');
  await expect(row).toContainText('last used');
  await row.locator('summary').click();
  await row.getByRole('button', { name: 'Yes, revoke Deployment' }).click();
  await expect(page.locator('.okta-done')).toHaveText('The token is revoked. It no longer works.');
  await expect(page.getByText('No tokens yet.')).toBeVisible();
  expect((await read()).status).toBe(401);
});
