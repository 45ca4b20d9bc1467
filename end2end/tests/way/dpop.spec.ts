import { clientWithBoundTokens } from '../../providers/seed.mjs';
import { feature } from '../../support/feature.ts';
import { freePort } from '../../support/port.ts';
import { ada } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';

const dpop = { tag: '@dpop', annotation: feature('Bound tokens (DPoP)') };

test.use({ environment: async ({}, use) => use({ METRICS_ADDR: `127.0.0.1:${await freePort()}` }) });

test('connects with bound tokens, with which userinfo is asked', dpop, async ({ visitor }) => {
  const { page } = visitor;
  await visitor.openSettingsWithCode();
  await page.getByText('Advanced options', { exact: true }).click();
  await visitor.field('Bind tokens to this app (DPoP)').check();
  await visitor.submitConnection(visitor.connectionForm({ clientId: clientWithBoundTokens.id }));
  await expect(page.getByText('Connection saved.')).toBeVisible();

  await visitor.startSession(ada);
  await visitor.open('/settings/okta/connection');
  await expect(visitor.field('Bind tokens to this app (DPoP)')).toBeChecked();
  const tab = await visitor.testConnection();
  const tested = tab.locator('section[aria-labelledby="okta-tested"]');
  await expect(tested).toContainText('The test sign-in worked.');
  const userinfo = tested.getByRole('group').filter({ hasText: 'Claims in userinfo' });
  await expect(userinfo).toContainText(ada.name);

  // This client gets no other tokens.
  await visitor.field('Bind tokens to this app (DPoP)').uncheck();
  await visitor.submitConnection({}, 'Save changes');
  await visitor.open('/settings/okta/connection');
  const refused = await visitor.testConnection();
  await expect(refused.locator('section[aria-labelledby="okta-tested"]')).toContainText(
    'This sign-in would fail: the token endpoint rejected the code',
  );
});

test('refreshes bound tokens, and pushes requests that name their key', dpop, async ({ app, visitor }) => {
  await visitor.connectOkta({
    client_id: clientWithBoundTokens.id,
    pushed_requests: true,
    refresh_tokens: true,
    recheck_seconds: 1,
    dpop: true,
  });
  await visitor.startSession(ada);
  for (const times of [1, 2]) {
    const before = await app.answered('token');
    const refreshed = async () => {
      expect(await visitor.identity()).toMatchObject({ subject: ada.subject });
      return (await app.answered('token')) - before;
    };
    await expect.poll(refreshed, `refresh ${times}`).toBeGreaterThan(0);
  }
});
