import { keepPicture, look, section, windows } from '../../support/looks.ts';
import { ada } from '../../support/provider.ts';
import { company, groupNames, OktaProvisioning } from '../../support/scim.ts';
import { expect, test } from '../../support/test.ts';
import type { Visitor } from '../../support/visitor.ts';

const provisioning = '/settings/okta/provisioning';

/** Okta has pushed a small company, and was refused once. */
async function pushCompany(visitor: Visitor, okta: OktaProvisioning): Promise<void> {
  const people = company(24);
  await okta.assign(people);
  await okta.activate(people[5]!, false);
  for (const [at, name] of groupNames.slice(0, 6).entries()) {
    await okta.pushGroup(name, people.filter((_, number) => number % 6 <= at));
  }
  await okta.assignAgain(people[0]!);
  // Requests are logged after they are answered.
  await expect(async () => {
    await visitor.open(`${provisioning}?list=requests&refused=yes`);
    await expect(visitor.page.getByText('There is another User')).toBeVisible({ timeout: 100 });
  }).toPass();
}

/** Goes to the page of somebody who is in groups. */
async function openPerson(visitor: Visitor): Promise<void> {
  await visitor.open(`${provisioning}?list=people&name=${ada.email}`);
  await visitor.page.locator('tr[data-person]').getByRole('link').click();
  await expect(visitor.heading(ada.name)).toBeVisible();
  await visitor.hydrated();
}

test.beforeEach(async ({ visitor }) => {
  await visitor.connectOkta({ groups_from: 'provisioning' });
  await visitor.startSession(ada);
});

test('the pages of provisioning fit the window, in light and dark, and can be read by everybody', async ({ visitor }) => {
  test.slow();
  await pushCompany(visitor, await visitor.turnOnProvisioning());
  await visitor.open(provisioning);
  await visitor.press('Create a second token');
  await expect(visitor.page.locator('#okta-scim-token')).toBeVisible();
  await visitor.hydrated();
  await visitor.page.locator('summary', { hasText: 'Delete…' }).first().click();
  await look(visitor, 'settings-provisioning');
  for (const list of ['people', 'groups', 'requests']) {
    await visitor.open(`${provisioning}?list=${list}`);
    await look(visitor, `settings-provisioning-${list}`);
  }
  await openPerson(visitor);
  await look(visitor, 'settings-provisioning-person');
});

test('provisioning is pictured for the guide', async ({ visitor }) => {
  const { page } = visitor;
  await page.setViewportSize(windows.wide);
  await visitor.open(provisioning);
  await visitor.press('Create token');
  const token = await page.locator('#okta-scim-token').innerText();
  const baseUrl = await page.locator('#okta-scim-base-url').innerText();
  await visitor.hydrated();
  await keepPicture('provisioning-values', section(page, 'okta-provisioning-values'));

  await pushCompany(visitor, new OktaProvisioning(baseUrl, token));
  await keepPicture('provisioning-refused', page.locator('.okta-page'));
  await visitor.open(provisioning);
  await keepPicture('provisioning-state', section(page, 'okta-provisioning-state'));
  await page.setViewportSize({ width: 1280, height: 760 });
  await visitor.open(`${provisioning}?list=people`);
  await keepPicture('provisioning-people', page);
  await visitor.open(`${provisioning}?list=groups`);
  await keepPicture('provisioning-groups', page.locator('.okta-page'));
  await openPerson(visitor);
  await keepPicture('provisioning-person', section(page, 'okta-person'));
});
