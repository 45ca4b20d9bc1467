import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { ada } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';
import type { Visitor } from '../../support/visitor.ts';

const picture = (name: string) => fileURLToPath(new URL(`../../results/pictures/${name}.png`, import.meta.url));
const readmePicture = fileURLToPath(new URL('../../../docs/images/settings.png', import.meta.url));
const windows = { narrow: { width: 360, height: 740 }, wide: { width: 1280, height: 900 } };

/** Looks at the page in both sizes and both colour schemes, and leaves a picture of each. */
async function look({ page }: Visitor, name: string): Promise<void> {
  for (const [size, viewport] of Object.entries(windows)) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.screenshot({ path: picture(`${name}-${size}-${colorScheme}`), fullPage: true });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect.soft(overflow, `${name} is too wide for a ${size} window`).toBe(0);
      const { violations } = await new AxeBuilder({ page }).analyze();
      const found = violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
      expect.soft(found, `${name}, ${size}, ${colorScheme}`).toEqual([]);
    }
  }
}

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
  await visitor.submitConnection(visitor.connectionForm({ clientSecret: 'not-the-secret' }));
  await visitor.expectCheck('credentials', 'failed');
  await look(visitor, 'settings-refused');
  await visitor.submitConnection(visitor.connectionForm());
  await expect(visitor.heading('Connected to Okta')).toBeVisible();
  await look(visitor, 'settings-connected');

  await visitor.open('/');
  await look(visitor, 'home-signed-out');
  await visitor.signIn(ada);
  for (const page of ['protected', 'identity']) {
    await visitor.open(`/${page}`);
    await look(visitor, page);
  }
});

test('the settings page is pictured for the README', async ({ visitor }) => {
  const { page } = visitor;
  await page.setViewportSize(windows.wide);
  await visitor.connectOkta();
  await page.screenshot({ path: picture('settings'), fullPage: true });
  // The picture is kept in the repository, so it changes only when somebody wants it to.
  if (process.env.SCREENSHOTS === '1') await page.screenshot({ path: readmePicture, fullPage: true });
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

/** Presses Tab until the focus is on the control of that name. */
async function tabTo({ page }: Visitor, name: string): Promise<void> {
  const focused = page.locator(':focus');
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab');
    const focus = page.getByLabel(name, { exact: true }).or(page.getByRole('button', { name, exact: true })).and(focused);
    if ((await focus.count()) === 1) return;
  }
  throw new Error(`Tab does not lead to ${name}`);
}
