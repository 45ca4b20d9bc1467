import { App } from '../../support/app.ts';
import { ada, alan, katherine } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';

test.describe('a connection from the environment', () => {
  test.use({ environment: async ({ okta }, use) => use(okta.environment('Engineering')) });

  test('signs people in without any setup, and can be changed there alone', async ({ app, arrive, okta, visitor }) => {
    await visitor.signIn(ada);
    await visitor.open('/settings/okta/roles');
    await expect(visitor.main).toContainText('Members of Engineering are always admins.');
    await visitor.open('/settings/okta/connection');
    await expect(visitor.heading('Connected to Okta')).toBeVisible();
    await expect(visitor.page.getByText('Managed by the server’s environment')).toBeVisible();
    await expect(visitor.field('Client ID')).toBeHidden();
    await expect(visitor.page.getByText('Disconnect')).toBeHidden();
    expect(await visitor.page.content()).not.toContain(okta.clientSecret);
    expect(app.log).not.toContain(okta.clientSecret);
    await visitor.press('Run checks');
    await visitor.expectCheck('credentials', 'passed');

    const somebodyElse = await arrive();
    await somebodyElse.startSession(alan);
    await somebodyElse.open('/settings/okta');
    await expect(somebodyElse.heading('You are not an admin of this app')).toBeVisible();
  });
});

test.describe('with an API token', () => {
  const apiToken = '00-the-api-token-of-the-operator';
  test.use({
    environment: async ({ okta }, use) => use({ ...okta.environment('Mission 249'), OKTA_API_TOKEN: apiToken }),
  });

  test('has all groups of somebody in 250', { tag: '@api' }, async ({ app, visitor }) => {
    await visitor.startSession(katherine);
    expect(await visitor.identity()).toMatchObject({ groups: katherine.groups, roles: ['admin'] });
    await visitor.open('/settings/okta');
    await expect(visitor.main.locator('dl').first()).toContainText('From Okta’s API');
    for (const text of [await visitor.page.content(), app.log]) expect(text).not.toContain(apiToken);
  });
});

test('half of a connection ends the program, which names the rest', async ({ port }) => {
  const start = App.start(port, { OKTA_CLIENT_SECRET: 'the-secret-of-the-operator' });
  const error = await start.then(() => 'it started', String);
  expect(error).toContain('OKTA_CLIENT_SECRET set, OKTA_CLIENT_ID, OKTA_ISSUER_URI missing');
  expect(error).not.toContain('the-secret-of-the-operator');
});
