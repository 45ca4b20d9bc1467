import { ada } from '../../support/provider.ts';
import { type Assigned, company, groupNames } from '../../support/scim.ts';
import { expect, test } from '../../support/test.ts';
import type { Visitor } from '../../support/visitor.ts';

const section = '/settings/okta/provisioning';
const PEOPLE = 250;

const tabs = ({ page }: Visitor) => page.getByRole('navigation', { name: 'Provisioning', exact: true });
const people = ({ page }: Visitor) => page.locator('tr[data-person]');
const groups = ({ page }: Visitor) => page.locator('tr[data-group]');
const requests = ({ page }: Visitor) => page.locator('.okta-requests tbody tr');

const of = (all: Assigned[], name: string) => all.filter(({ department }) => department === name);

async function search(visitor: Visitor, label: string, text: string): Promise<void> {
  await visitor.field(label).fill(text);
  await visitor.page.getByRole('button', { name: 'Search' }).click();
}

test('Okta pushes a company, and an admin finds everybody, every group, and every request', async ({ visitor }) => {
  test.slow();
  const { page } = visitor;
  await visitor.connectOkta();
  await visitor.startSession(ada);
  const okta = await visitor.turnOnProvisioning();
  const all = company(PEOPLE);
  const sought = all.filter(({ familyName }) => familyName === 'Okafor');
  const person = sought[0]!;
  await okta.assign(all);
  await okta.pushGroups(groupNames.map((name) => [name, of(all, name)]));
  await okta.update(person, { title: 'Astronomer' });

  await test.step('people are listed a page at a time', async () => {
    await visitor.open(section);
    await tabs(visitor).getByRole('link', { name: `People (${PEOPLE})` }).click();
    await expect(people(visitor)).toHaveCount(50);
    await expect(people(visitor).filter({ hasText: ada.name })).toHaveCount(1);
    for (let seen = 50; seen < PEOPLE; seen += 50) {
      const last = await people(visitor).last().getAttribute('data-person');
      await page.getByRole('link', { name: 'Next' }).click();
      await expect(page.locator(`tr[data-person="${last}"]`)).toHaveCount(0);
      await expect(people(visitor)).toHaveCount(50);
    }
    await expect(page.getByRole('link', { name: 'Next' })).toHaveCount(0);
    await page.getByRole('link', { name: 'First' }).click();
    await expect(people(visitor).filter({ hasText: ada.name })).toHaveCount(1);
  });

  await test.step('and found by name, email address, and Okta ID', async () => {
    for (const [text, count] of [['okafor', sought.length], [person.email, 1], [person.id, 1], ['nobody', 0]] as const) {
      await search(visitor, 'Person', text);
      await expect(people(visitor)).toHaveCount(count);
    }
    await expect(page.getByText('Nothing matches this search.')).toBeVisible();
    await page.getByRole('link', { name: 'Clear' }).click();
    await expect(people(visitor)).toHaveCount(50);
  });

  await test.step('a person’s page has all that Okta sent, but for the password', async () => {
    await search(visitor, 'Person', person.email);
    await people(visitor).getByRole('link').click();
    await expect(visitor.heading(`${person.givenName} ${person.familyName}`)).toBeVisible();
    await expect(visitor.main).toContainText('Active');
    for (const fact of [person.id, person.email, 'Astronomer', person.department]) await expect(visitor.main).toContainText(fact);
    expect(await page.content()).not.toContain('1mz050nq');
    await page.getByRole('link', { name: 'All people' }).click();
    await expect(people(visitor)).toHaveCount(50);
  });

  await test.step('groups are listed and found', async () => {
    await tabs(visitor).getByRole('link', { name: `Groups (${groupNames.length})` }).click();
    await expect(groups(visitor)).toHaveCount(groupNames.length);
    const support = groups(visitor).filter({ hasText: 'Support' });
    await expect(support.getByRole('cell').nth(1)).toHaveText(String(of(all, 'Support').length));
    await search(visitor, 'Group', 'office');
    await expect(groups(visitor)).toHaveCount(4);
  });

  await test.step('every request is in the log, without passwords', async () => {
    expect(await okta.assignAgain(person)).toBe(409);
    await expect(async () => {
      await visitor.open(`${section}?list=requests&refused=yes`);
      await expect(requests(visitor)).toHaveCount(1, { timeout: 100 });
    }).toPass();
    await expect(requests(visitor)).toContainText('POST /Users');
    await expect(requests(visitor)).toContainText('409');
    await expect(requests(visitor)).toContainText('There is another User with this userName');
    await requests(visitor).locator('summary').click();
    await expect(requests(visitor).locator('pre')).toContainText(`"userName":"${person.email}"`);
    await expect(requests(visitor).locator('pre')).toContainText('"password":"[hidden]"');
    await page.getByRole('link', { name: 'Show all requests' }).click();
    await expect(requests(visitor)).toHaveCount(50);
    await page.getByRole('link', { name: 'Older' }).click();
    await expect(page.getByRole('link', { name: 'Newest' })).toBeVisible();
    await expect(requests(visitor)).toHaveCount(50);
    expect(await page.content()).not.toContain('1mz050nq');
  });
});
