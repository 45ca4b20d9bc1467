import { keepPicture, look, section, windows } from '../../support/looks.ts';
import { ada, alan } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';
import type { Visitor } from '../../support/visitor.ts';

test('pages fit the window, in light and dark, and can be read by everybody', async ({ visitor }) => {
  test.slow();
  await visitor.open('/');
  await look(visitor, 'home-not-connected');
  visitor.watch.expect(503, '/login');
  await visitor.open('/protected');
  await look(visitor, 'protected-not-connected');
  await visitor.open('/settings/okta');
  await look(visitor, 'settings-locked');

  await visitor.openSettingsWithCode();
  await look(visitor, 'settings-open');
  for (const section of ['connection', 'roles', 'people', 'activity']) {
    await visitor.open(`/settings/okta/${section}`);
    await look(visitor, `settings-open-${section}`);
  }
  await visitor.open('/settings/okta');
  await visitor.submitConnection(visitor.connectionForm({ clientSecret: 'not-the-secret' }));
  await visitor.expectCheck('credentials', 'failed');
  await look(visitor, 'settings-refused');
  await visitor.submitConnection(visitor.connectionForm());
  await expect(visitor.heading('Connected to Okta')).toBeVisible();
  await look(visitor, 'settings-connected');

  await visitor.open('/');
  await look(visitor, 'home-signed-out');
  await visitor.startSession(ada);
  for (const page of ['protected', 'identity']) {
    await visitor.open(`/${page}`);
    await look(visitor, page);
  }
});

test('so do the settings with everything in them, and pages for a role', async ({ arrive, visitor }) => {
  test.slow();
  const { page } = visitor;
  await visitor.connectOkta({ display_name: 'Okta of Example Ltd', claims: ['preferred_username', 'locale'] });
  await visitor.startSession(ada);
  await visitor.setRoles(['Engineering', 'editor'], ['engineering', 'author'], ['A group of a very long name, renamed', 'reader']);
  await visitor.open('/settings/okta/connection');
  await visitor.testConnection();
  await visitor.open('/settings/okta/connection');
  await expect(visitor.field('Extra claims')).toBeVisible();
  await page.getByText('Show the groups').click();
  await page.getByText('Disconnect…').click();
  await look(visitor, 'settings-full-connection');
  for (const section of ['', '/activity', '/activity?person=nobody', '/people', '/people?person=nobody', '/roles']) {
    await visitor.open(`/settings/okta${section}`);
    await look(visitor, `settings-full${section.replace(/[/?=]/g, '-')}`);
  }
  await page.getByText('Remove…').click();
  await visitor.press('Add rule');
  await expect(page.getByText('Unsaved changes')).toBeHidden();
  await visitor.field('Group of rule 4').fill('A new group');
  await visitor.press('Add rule');
  await expect(page.getByText('Unsaved changes')).toBeVisible();
  await look(visitor, 'settings-full-roles-draft');

  await visitor.open('/editors');
  await look(visitor, 'editors');
  const somebodyElse = await arrive();
  await somebodyElse.startSession(alan);
  somebodyElse.watch.expect(403, '/editors');
  await somebodyElse.open('/editors');
  await look(somebodyElse, 'editors-refused');
  await somebodyElse.open('/settings/okta');
  await look(somebodyElse, 'settings-forbidden');
});

test.describe('with a connection from the environment', () => {
  test.use({ environment: async ({ okta }, use) => use(okta.environment('Engineering')) });

  test('so do the settings', async ({ visitor }) => {
    await visitor.startSession(ada);
    await visitor.open('/settings/okta');
    await look(visitor, 'settings-managed-overview');
    await visitor.open('/settings/okta/connection');
    await expect(visitor.page.getByText('Managed by the server’s environment')).toBeVisible();
    await look(visitor, 'settings-managed');
  });
});

test('the pages are pictured for the README and the guides', async ({ visitor }) => {
  const { page } = visitor;
  await page.setViewportSize(windows.wide);
  await visitor.openSettingsWithCode();
  await visitor.field('Client ID').fill('0oa1b2c3d4e5f6g7h8i9');
  await visitor.field('Client secret').fill('a-secret-that-nobody-sees');
  await visitor.field('Issuer URI').fill('dev-12345678-admin.okta.com');
  await expect(page.locator('#issuer-understood')).toHaveText('Issuer: https://dev-12345678.okta.com');
  await keepPicture('settings', page.locator('.okta-settings'));

  await visitor.submitConnection(visitor.connectionForm({ clientSecret: 'not-the-secret' }));
  await visitor.expectCheck('credentials', 'failed');
  await keepPicture('checks', section(page, 'okta-checks'));

  await visitor.connectOkta();
  await visitor.open('/settings/okta/connection');
  await keepPicture('connected', section(page, 'okta-connected'));
  await page.locator('summary', { hasText: 'Advanced options' }).click();
  await visitor.field('Okta’s API, for any number of groups').check();
  await keepPicture('groups', page.locator('.okta-options fieldset'));

  await visitor.startSession(ada);
  await visitor.setRoles(['Engineering', 'editor'], ['Everyone', 'reader']);
  await visitor.open('/settings/okta/roles');
  await keepPicture('roles', section(page, 'okta-rules'));

  await visitor.setRoles(['Engineering', 'editor'], ['everyone', 'reader']);
  await visitor.open('/settings/okta/connection');
  await visitor.testConnection();
  await visitor.open('/settings/okta/connection');
  await keepPicture('test', section(page, 'okta-tested'));
});

test('Okta can be connected with the keyboard alone', async ({ visitor }) => {
  const { page } = visitor;
  const { clientId, clientSecret, issuer } = visitor.connectionForm();
  await visitor.openSettingsWithCode();

  for (const [label, value] of [
    ['Client ID', clientId],
    ['Client secret', clientSecret],
    ['Issuer URI', issuer],
  ] as const) {
    await tabTo(visitor, label);
    await page.keyboard.type(value);
  }
  await tabTo(visitor, 'Connect');
  await page.keyboard.press('Enter');
  await expect(visitor.heading('Connected to Okta')).toBeVisible();
});

test('the role table can be filled with the keyboard alone', async ({ visitor }) => {
  const { page } = visitor;
  await visitor.connectOkta();
  await visitor.open('/settings/okta');
  await tabTo(visitor, 'Roles', 'link');
  await page.keyboard.press('Enter');
  await visitor.hydrated();
  const type = async (field: string, value: string) => {
    await tabTo(visitor, field);
    await page.keyboard.type(value);
  };
  await type('Group of rule 1', 'Engineering');
  await type('Role of rule 1', 'editor');
  await tabTo(visitor, 'Add rule');
  await page.keyboard.press('Enter');
  await expect(visitor.field('Group of rule 2')).toBeFocused();
  await page.keyboard.type('Everyone');
  await type('Role of rule 2', 'reader');
  await type('Default role', 'guest');
  await tabTo(visitor, 'Save roles');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Roles saved.')).toBeVisible();
  await visitor.open('/settings/okta/activity');
  await expect(page.locator('tr[data-event="roles_changed"]')).toContainText(
    'added Engineering → editor, added Everyone → reader, default role guest',
  );
});

/** Presses Tab until the focus is on the control of that name. */
async function tabTo({ page }: Visitor, name: string, role: 'button' | 'link' = 'button'): Promise<void> {
  const focused = page.locator(':focus');
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press('Tab');
    const focus = page.getByLabel(name, { exact: true }).or(page.getByRole(role, { name, exact: true })).and(focused);
    if ((await focus.count()) === 1) return;
  }
  throw new Error(`Tab does not lead to ${name}`);
}
