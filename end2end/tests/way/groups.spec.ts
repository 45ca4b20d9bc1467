import { ada, katherine } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';

const apiToken = '00-the-api-token-of-the-test';

test('has all groups of somebody in 250 through the API', { tag: '@api' }, async ({ app, arrive, visitor }) => {
  const { page } = visitor;
  await visitor.connectOkta();
  await visitor.startSession(ada);
  await visitor.open('/settings/okta/connection');

  await page.locator('summary', { hasText: 'Advanced options' }).click();
  await visitor.field('Okta’s API, for any number of groups').check();
  await test.step('not without a token', async () => {
    await visitor.press('Save changes');
    await visitor.expectCheck('groups', 'failed');
    await expect(visitor.check('groups')).toContainText('The API token is empty');
    await expect(visitor.check('groups')).toContainText('Security → API → Tokens');
    await expect(visitor.main.locator('dl').first()).toContainText('From the claim “groups”');
  });
  await test.step('with one', async () => {
    await visitor.hydrated();
    await visitor.field('API token').fill(apiToken);
    await visitor.press('Save changes');
    await visitor.expectCheck('groups', 'passed');
    await expect(visitor.main.locator('dl').first()).toContainText('From Okta’s API');
  });
  await test.step('which nobody sees again', async () => {
    await visitor.open('/settings/okta/connection');
    await expect(visitor.field('API token')).toHaveValue('');
    await expect(page.getByText('Leave empty to keep the stored token').last()).toBeVisible();
    expect(await page.content()).not.toContain(apiToken);
  });

  const member = await arrive();
  await member.signIn(katherine);
  expect(katherine.groups).toHaveLength(250);
  expect((await member.identity()).groups).toEqual(katherine.groups);
  await member.page.getByRole('link', { name: 'Identity' }).click();
  await expect(member.main).toContainText(katherine.groups.join(', '));
  expect(app.log).not.toContain(apiToken);
});

test('says what to do when a claim cannot hold them all', { tag: '@refusal' }, async ({ okta, visitor }) => {
  const { page } = visitor;
  await visitor.connectOkta();
  await visitor.open('/');
  await visitor.main.getByRole('link', { name: 'Sign in with Okta' }).click();
  visitor.watch.expect(403, '/authorization-code/callback');
  await okta.signIn(page, katherine);
  await expect(visitor.heading('You are in too many groups')).toBeVisible();
  await expect(page.getByText("load groups from Okta's API")).toBeVisible();
});
