import { clientWithKey } from '../../providers/seed.mjs';
import { feature } from '../../support/feature.ts';
import { ada } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';

const privateKey = { tag: '@private-key', annotation: feature('Private key and pushed requests') };

test('connects with a key instead of a secret, pushes its requests, and changes the key', privateKey, async ({ visitor }) => {
  const { page } = visitor;
  await visitor.openSettingsWithCode();
  await page.getByText('Advanced options', { exact: true }).click();
  await visitor.field('Client authentication').selectOption('Private key (private_key_jwt)');
  const form = visitor.connectionForm({ clientId: clientWithKey.id, clientSecret: '' });
  await visitor.submitConnection(form);
  // This client has to push its requests, which only a sign-in shows.
  await visitor.expectCheck('credentials', 'passed');
  await visitor.expectCheck('pushed_requests', 'failed');
  await visitor.field('Send sign-in requests directly to Okta').check();
  await visitor.submitConnection({});
  await expect(page.getByText('Connection saved.')).toBeVisible();

  await visitor.signIn(ada);
  await visitor.open('/settings/okta/connection');
  await expect(page.getByText('In use since')).toBeHidden();
  await page.getByText('Change the key…').click();
  await visitor.press('Yes, change the key');
  await expect(page.getByText('This app signs with its next key from now on.')).toBeVisible();
  await expect(page.getByText('In use since')).toBeVisible();

  await visitor.signOut();
  await visitor.signIn(ada);
});
