import { ada, alan, grace, type Person } from '../../support/provider.ts';
import { type Assigned, company, type OktaProvisioning } from '../../support/scim.ts';
import { expect, test as base } from '../../support/test.ts';
import type { Visitor } from '../../support/visitor.ts';

const all = company(3);
const assigned = ({ subject }: Person): Assigned => all.find(({ id }) => id === subject)!;

/** An Okta that has assigned those who can sign in. */
const test = base.extend<{ provisioning: OktaProvisioning }>({
  provisioning: async ({ visitor }, use) => {
    await visitor.connectOkta({ groups_from: 'provisioning' });
    await visitor.startSession(ada);
    const provisioning = await visitor.turnOnProvisioning();
    await provisioning.assign(all);
    await use(provisioning);
  },
});

/** Goes to the editors' page by its address, then by the link in the app. */
async function expectEditor(person: Visitor, is: boolean): Promise<void> {
  const heading = person.heading(is ? 'Editors' : "You don't have access to this page");
  if (!is) person.watch.expect(403, '/editors');
  expect((await person.open('/editors'))?.status()).toBe(is ? 200 : 403);
  await expect(heading).toBeVisible();
  await person.open('/');
  await person.page.getByRole('link', { name: 'Editors' }).click();
  await expect(heading).toBeVisible();
}

test('a member of a pushed group has its role at once, and loses it at once', async ({ arrive, provisioning, visitor }) => {
  await visitor.setRoles(['Editors', 'editor']);
  await provisioning.pushGroup('Editors', []);
  const member = await arrive();
  await member.startSession(grace);
  await expectEditor(member, false);

  await provisioning.addMembers('Editors', [assigned(grace)]);
  await expectEditor(member, true);
  expect(await member.identity()).toMatchObject({ groups: ['Editors'], roles: ['editor'] });
  await test.step('nobody else has it', async () => {
    const somebodyElse = await arrive();
    await somebodyElse.startSession(alan);
    await expectEditor(somebodyElse, false);
  });

  await provisioning.removeMember('Editors', assigned(grace));
  await expectEditor(member, false);
});

test('whoever Okta deactivates is signed out, and may not sign in until Okta activates them', async ({
  arrive,
  provisioning,
  visitor,
}) => {
  const person = await arrive();
  await person.startSession(alan);
  await person.open('/protected');
  await expect(person.heading('Protected page')).toBeVisible();
  await provisioning.activate(assigned(alan), false);

  // The provider still knows them, so they type nothing.
  person.watch.expect(403, '/authorization-code/callback');
  expect((await person.open('/protected'))?.status()).toBe(403);
  await expect(person.heading("You can't sign in to this app")).toBeVisible();
  await expect(person.page.getByText('Ask your admin to assign it to you in Okta.')).toBeVisible();
  await test.step('and the admin sees why', async () => {
    await visitor.open('/settings/okta/activity');
    const ended = visitor.page.locator('tr[data-event="deprovisioned"]');
    await expect(ended).toContainText(`${alan.email} (${alan.subject}) was deactivated: 1 session ended`);
  });

  await provisioning.activate(assigned(alan), true);
  await person.open('/protected');
  await person.expectAt('/protected');
  await expect(person.heading('Protected page')).toBeVisible();
});

test('an open page shows the notice at once, and keeps what was typed', { tag: '@script' }, async ({ arrive, provisioning }) => {
  const person = await arrive();
  await person.startSession(alan);
  const { page } = person;
  await person.open('/protected');
  await person.field('Note').fill('half a thought');
  // As an app's page does that shows what is new: when its connection breaks, it asks what it has missed.
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        const socket = new WebSocket('/api/live');
        socket.onopen = resolve;
        // An answer that nobody reads isn't seen by the page's script either.
        socket.onclose = () => void fetch('/api/protected').then((answer) => answer.text());
      }),
  );
  person.watch.expect(401, '/api/protected');
  person.watch.expect(401, '/api/identity');
  const notice = page.getByRole('status').getByText('You’re signed out.');
  await expect(notice).toBeHidden();

  await provisioning.activate(assigned(alan), false);
  await expect(notice).toBeVisible();
  await expect(page.getByText('Signed in as')).toBeHidden();
  await expect(person.field('Note')).toHaveValue('half a thought');
});
