import { ada } from '../../support/provider.ts';
import { company, OktaProvisioning } from '../../support/scim.ts';
import { expect, test } from '../../support/test.ts';
import type { Visitor } from '../../support/visitor.ts';

const section = '/settings/okta/provisioning';

const state = ({ page }: Visitor) => page.getByRole('region', { name: 'State' });
const badge = (visitor: Visitor) => state(visitor).locator('.okta-badge');
const tokens = ({ page }: Visitor) => page.locator('li[data-token]');

/** The two values that an admin copies, as the page shows them. */
async function values({ page }: Visitor): Promise<[baseUrl: string, token: string]> {
  const [baseUrl, token] = [page.locator('#okta-scim-base-url'), page.locator('#okta-scim-token')];
  return [await baseUrl.innerText(), await token.innerText()];
}

test.beforeEach(async ({ visitor }) => {
  await visitor.connectOkta();
  await visitor.startSession(ada);
});

test('an admin turns provisioning on with two values', async ({ app, visitor }) => {
  const { page } = visitor;
  await visitor.open('/');
  await page.getByRole('banner').getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('navigation', { name: 'Okta settings' }).getByRole('link', { name: 'Provisioning' }).click();
  await visitor.expectAt(section);
  await expect(badge(visitor)).toHaveText('Off');
  await visitor.hydrated();
  await visitor.press('Create token');
  await expect(page.locator('.okta-done')).toHaveText('The token is created. Copy it now: it is shown once.');
  await expect(badge(visitor)).toHaveText('Waiting for Okta');
  const [baseUrl, token] = await values(visitor);
  expect(baseUrl).toBe(`${app.origin}/scim/v2/okta`);
  expect(token).toMatch(/^okta_scim_[\w-]{43}$/);
  await expect(tokens(visitor)).toContainText('Never used');

  const okta = new OktaProvisioning(baseUrl, token);
  expect(await okta.testCredentials()).toBe(200);
  // Requests are logged after they are answered.
  await expect(async () => {
    await visitor.open(section);
    await expect(badge(visitor)).toHaveText('On', { timeout: 100 });
  }).toPass();
  await expect(state(visitor)).toContainText('GET /Users?startIndex=1&count=1 answered with 200');
  await expect(tokens(visitor)).toContainText('Last used');
  await expect(page.locator('#okta-scim-token')).toBeHidden();
  expect(await page.content()).not.toContain(token);
});

test('copies the two values', { tag: '@script' }, async ({ app, visitor }) => {
  const { page } = visitor;
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: app.origin });
  await visitor.open(section);
  await visitor.press('Create token');
  await expect(page.locator('#okta-scim-token')).toBeVisible();
  await visitor.hydrated();
  const shown = await values(visitor);
  for (const [at, button] of ['Copy base URL', 'Copy new token'].entries()) {
    await page.getByRole('button', { name: button }).click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(shown[at]);
  }
});

test('a token is replaced while the other one works', async ({ visitor }) => {
  const { page } = visitor;
  await visitor.open(section);
  await visitor.press('Create token');
  const [baseUrl, first] = await values(visitor);
  // Two of one second may be listed in either order.
  const former = page.locator(`li[data-token="${await tokens(visitor).getAttribute('data-token')}"]`);
  await visitor.hydrated();
  await visitor.press('Create a second token');
  await expect(tokens(visitor)).toHaveCount(2);
  await expect(page.getByRole('button', { name: /^Create/ })).toHaveCount(0);
  const [, second] = await values(visitor);
  expect(second).not.toBe(first);

  // An app with header authentication sends what was pasted, and nothing before it.
  const [before, after] = [new OktaProvisioning(baseUrl, first), new OktaProvisioning(baseUrl, second, '')];
  expect([await before.testCredentials(), await after.testCredentials()]).toEqual([200, 200]);
  await visitor.hydrated();
  await former.locator('summary').click();
  const answer = page.waitForResponse((response) => response.request().method() === 'POST');
  await former.getByRole('button', { name: 'Yes, delete it' }).click();
  await answer;
  await expect(page.locator('.okta-done')).toHaveText('The token is deleted.');
  await expect(tokens(visitor)).toHaveCount(1);
  await expect(page.getByRole('button', { name: 'Create a second token' })).toBeVisible();
  expect([await before.testCredentials(), await after.testCredentials()]).toEqual([401, 200]);
  await after.assign(company(1));
});
