import { feature } from '../../support/feature.ts';
import { freePort } from '../../support/port.ts';
import { expect, test } from '../../support/test.ts';
import type { Visitor } from '../../support/visitor.ts';

const everywhere = { tag: '@everywhere', annotation: feature('Connect') };

async function expectNothingSaved(visitor: Visitor): Promise<void> {
  await visitor.open('/');
  await expect(visitor.page.getByText('Okta is not connected yet')).toBeVisible();
}

test('refuses a wrong client secret', async ({ visitor }) => {
  await visitor.openSettingsWithCode();
  await visitor.submitConnection(visitor.connectionForm({ clientSecret: 'not-the-secret' }));
  await visitor.expectCheck('issuer', 'passed');
  await visitor.expectCheck('discovery', 'passed');
  await visitor.expectCheck('endpoints', 'passed');
  await visitor.expectCheck('credentials', 'failed');
  await expectNothingSaved(visitor);
});

test('refuses an issuer that is not there', async ({ okta, visitor }) => {
  await visitor.openSettingsWithCode();
  for (const issuer of [okta.unknownIssuer, `http://127.0.0.1:${await freePort()}`]) {
    await visitor.hydrated();
    await visitor.submitConnection(visitor.connectionForm({ issuer }));
    await visitor.expectCheck('issuer', 'failed');
    await visitor.expectCheck('credentials', 'skipped');
  }
  await expectNothingSaved(visitor);
});

test('refuses an issuer that goes by another name', async ({ okta, visitor }) => {
  await visitor.openSettingsWithCode();
  await visitor.submitConnection(visitor.connectionForm({ issuer: okta.misspelledIssuer }));
  await visitor.expectCheck('issuer', 'passed');
  await visitor.expectCheck('discovery', 'failed');
  await expect(visitor.check('discovery')).toContainText(okta.issuer);
  await expectNothingSaved(visitor);
});

test('refuses an unknown client ID, and keeps what was typed but for the secret', async ({ visitor }) => {
  await visitor.openSettingsWithCode();
  await visitor.submitConnection(visitor.connectionForm({ clientId: 'nobody' }));
  await visitor.expectCheck('credentials', 'failed');
  await visitor.open('/settings/okta');
  const { clientSecret, issuer } = visitor.connectionForm();
  await expect(visitor.page.getByLabel('Client ID', { exact: true })).toHaveValue('nobody');
  await expect(visitor.page.getByLabel('Issuer URI', { exact: true })).toHaveValue(issuer);
  expect(await visitor.page.content()).not.toContain(clientSecret);
  await expectNothingSaved(visitor);
});

test('connects at once with the right values', everywhere, async ({ app, okta, visitor }) => {
  await visitor.openSettingsWithCode();
  await visitor.submitConnection(visitor.connectionForm());
  await expect(visitor.page.getByText('Connection saved.')).toBeVisible();
  await expect(visitor.heading('Connected to Okta')).toBeVisible();
  await visitor.open('/settings/okta/connection');
  await visitor.expectCheck('issuer', 'passed');
  await visitor.expectCheck('discovery', 'passed');
  await visitor.expectCheck('endpoints', 'passed');
  await visitor.expectCheck('credentials', okta.confirmsCredentials ? 'passed' : 'unknown');
  await visitor.expectCheck('redirect_uri', okta.confirmsRedirectUri ? 'passed' : 'unknown');

  const connection = visitor.main.locator('dl');
  await expect(connection).toContainText(okta.issuer);
  await expect(connection).toContainText(okta.clientId);

  await visitor.open('/');
  await expect(visitor.main.getByRole('link', { name: 'Sign in with Okta' })).toBeVisible();

  await visitor.open('/settings/okta/connection');
  expect(await visitor.page.content()).not.toContain(okta.clientSecret);
  expect(app.log).not.toContain(okta.clientSecret);
});

test('is still connected after a restart', async ({ app, okta, visitor }) => {
  await visitor.connectOkta();
  await app.restart();
  await visitor.open('/settings/okta');
  await expect(visitor.heading('Connected to Okta')).toBeVisible();
  await expect(visitor.main.locator('dl')).toContainText(okta.issuer);
});
