import { ada } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';
import type { Visitor } from '../../support/visitor.ts';

const sections = [
  ['Overview', '/settings/okta'],
  ['Connection', '/settings/okta/connection'],
  ['Roles', '/settings/okta/roles'],
  ['People', '/settings/okta/people'],
  ['Provisioning', '/settings/okta/provisioning'],
  ['Activity', '/settings/okta/activity'],
  ['API', '/settings/okta/api'],
] as const;

const navigation = ({ page }: Visitor) => page.getByRole('navigation', { name: 'Okta settings' });

test('has sections with addresses of their own', async ({ visitor }) => {
  await visitor.connectOkta();
  await visitor.open('/settings/okta');
  for (const [name, path] of sections) {
    await navigation(visitor).getByRole('link', { name }).click();
    await visitor.expectAt(path);
    await expect(visitor.heading(name)).toBeVisible();
    await expect(navigation(visitor).locator('[aria-current="page"]')).toHaveText(name);
  }
  await test.step('and leads back from a section by a link of the app', async () => {
    await visitor.hydrated();
    await visitor.page.getByRole('banner').getByRole('link', { name: 'Settings' }).click();
    await visitor.expectAt('/settings/okta');
    await expect(visitor.heading('Overview')).toBeVisible();
    await navigation(visitor).getByRole('link', { name: 'Roles' }).click();
    await visitor.expectAt('/settings/okta/roles');
  });
});

test('says that there is no such section', async ({ visitor }) => {
  visitor.watch.expect(404, '/settings/okta/nonsense');
  await visitor.connectOkta();
  expect((await visitor.open('/settings/okta/nonsense'))?.status()).toBe(404);
  await visitor.main.getByRole('link', { name: 'Go to the overview' }).click();
  await visitor.expectAt('/settings/okta');
});

test('leads from nothing to a first admin in three steps', async ({ okta, visitor }) => {
  const { page } = visitor;
  const step = (number: number) => page.locator('.okta-steps > li').nth(number - 1);
  await visitor.openSettingsWithCode();
  await expect(step(1)).toContainText('Create the app in Okta');
  await expect(step(3)).toHaveAttribute('data-state', 'later');
  await visitor.submitConnection(visitor.connectionForm());
  await expect(step(2)).toHaveAttribute('data-state', 'done');
  await step(3).getByRole('link', { name: 'Sign in with Okta' }).click();
  await okta.signIn(page, ada);
  await visitor.expectAt('/settings/okta');
  await expect(visitor.heading('Connected to Okta')).toBeVisible();
  await expect(step(1)).toBeHidden();
  await expect(page.locator('.okta-tiles')).toContainText(ada.name);
});

test('says what needs attention, and leads to where it is fixed', async ({ app, request, visitor }) => {
  const { page } = visitor;
  await visitor.connectOkta();
  await visitor.startSession(ada);
  await request.get(`${app.origin}/authorization-code/callback?state=guess`);
  await visitor.open('/settings/okta');
  const attention = page.getByRole('region', { name: 'Needs attention' });
  await expect(attention).toContainText('1 sign-in failed in the last 24 hours');
  await attention.getByRole('link', { name: 'View activity' }).click();
  await expect(page.locator('tr[data-event]')).toHaveCount(1);

  await visitor.open('/settings/okta/roles');
  await visitor.press('Add rule');
  await visitor.field('Group of rule 1').fill('Engineering');
  await visitor.press('Add rule');
  await visitor.open('/settings/okta');
  await attention.getByRole('link', { name: 'Review changes' }).click();
  await expect(visitor.field('Group of rule 1')).toHaveValue('Engineering');
});

test('works on a site that tells nobody where people come from', async ({ visitor }) => {
  const { page } = visitor;
  await visitor.connectOkta();
  // That page alone: what goes through this loses the headers by which the app knows its own forms.
  await page.route('**/settings/okta/connection', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), 'referrer-policy': 'no-referrer' } });
  });
  await visitor.open('/settings/okta/connection');
  const sending = page.waitForRequest((request) => request.method() === 'POST');
  await visitor.press('Run checks');
  expect((await sending).headers()).not.toHaveProperty('referer');
  await visitor.expectAt('/settings/okta/connection#okta-checks');
  await visitor.expectCheck('credentials', 'passed');
});

test('a form with a choice that is none says so and keeps the rest', async ({ visitor }) => {
  const { page } = visitor;
  await visitor.openSettingsWithCode();
  await page.locator('input[value="claim"]').evaluate((radio: HTMLInputElement) => (radio.value = 'nonsense'));
  await visitor.submitConnection(visitor.connectionForm({ clientId: 'what-was-typed' }));
  await expect(page.getByRole('alert')).toContainText('some fields could not be read');
  await expect(visitor.field('Client ID')).toHaveValue('what-was-typed');
});
