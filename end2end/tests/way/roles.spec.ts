import { ada, alan, grace, type Person } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';
import type { Visitor } from '../../support/visitor.ts';

/** Goes to the editors' page by its address, then by the link in the app, and looks at it each time. */
async function visitEditors(person: Visitor, status: number, look: () => Promise<void>): Promise<void> {
  expect((await person.open('/editors'))?.status()).toBe(status);
  await look();
  await person.open('/');
  await person.page.getByRole('link', { name: 'Editors' }).click();
  await look();
}

async function expectEditor(visitor: Visitor, person: Person): Promise<void> {
  await visitEditors(visitor, 200, async () => {
    await expect(visitor.heading('Editors')).toBeVisible();
    await expect(visitor.page.getByText(`Drafts for ${person.name}`)).toBeVisible();
  });
}

async function expectNoEditor(visitor: Visitor): Promise<void> {
  visitor.watch.expect(403, '/editors');
  await visitEditors(visitor, 403, async () => {
    await expect(visitor.heading('You may not open this page')).toBeVisible();
    await expect(visitor.main).toContainText('the role “editor”');
    await expect(visitor.heading('Editors')).toBeHidden();
  });
}

/** Fills rows of the role table, from the first one, and saves. */
async function saveRows(admin: Visitor, ...rows: [order: string, group: string, role: string][]): Promise<void> {
  for (const [index, [order, group, role]] of rows.entries()) {
    await admin.field(`Order of rule ${index + 1}`).fill(order);
    await admin.field(`Group of rule ${index + 1}`).fill(group);
    await admin.field(`Role of rule ${index + 1}`).fill(role);
  }
  await admin.press('Save roles');
}

test('a role opens a page for the members of its group, and for nobody else', async ({ arrive, visitor }) => {
  await visitor.connectOkta();
  await visitor.signIn(ada);
  await visitor.open('/settings/okta');
  await test.step('the groups seen are there to choose from', async () => {
    await expect(visitor.field('Group of rule 1')).toHaveAttribute('list', 'okta-seen-groups');
    const choices = visitor.page.locator('#okta-seen-groups option');
    expect(await choices.evaluateAll((options) => options.map((option) => option.getAttribute('value')))).toEqual(
      [...ada.groups].sort(),
    );
  });

  const member = await arrive();
  await member.signIn(grace);
  await expectNoEditor(member);

  await saveRows(visitor, ['1', 'Engineering', 'editor']);
  await expect(visitor.page.getByText('Saved, and in use from now on.')).toBeVisible();
  await expect(visitor.field('Role of rule 1')).toHaveValue('editor');

  await test.step('it reaches who was signed in before', () => expectEditor(member, grace));
  await test.step('and whoever is not in the group stays out', async () => {
    const somebodyElse = await arrive();
    await somebodyElse.signIn(alan);
    await expectNoEditor(somebodyElse);
  });
});

test('the table has an order, rows that can be removed, and a role for everybody else', async ({ visitor }) => {
  await visitor.connectOkta();
  await visitor.signIn(ada);
  await visitor.open('/settings/okta');

  await visitor.field('Role of whoever gets none by a rule').fill('guest');
  await saveRows(visitor, ['2', 'Everyone', 'reader'], ['1', 'Engineering', 'editor'], ['3', 'Nobody', 'ghost']);
  for (const [row, group] of ['Engineering', 'Everyone', 'Nobody', ''].entries()) {
    await expect(visitor.field(`Group of rule ${row + 1}`)).toHaveValue(group);
  }
  await expect(visitor.page.getByRole('row').filter({ has: visitor.field('Group of rule 3') })).toContainText(
    'Nobody in it has signed in yet',
  );
  expect((await visitor.identity()).roles).toEqual(['admin', 'editor', 'reader']);

  await saveRows(visitor, ['1', '', '']);
  await expect(visitor.field('Group of rule 1')).toHaveValue('Everyone');
  expect((await visitor.identity()).roles).toEqual(['admin', 'reader']);

  await saveRows(visitor, ['1', '', ''], ['2', '', '']);
  await expect(visitor.field('Group of rule 1')).toHaveValue('');
  await expect(visitor.field('Role of whoever gets none by a rule')).toHaveValue('guest');
  expect((await visitor.identity()).roles).toEqual(['admin', 'guest']);
});

test('nobody takes their own right away by mistake', async ({ arrive, visitor }) => {
  const alert = ({ page }: Visitor) => page.getByRole('alert');
  await visitor.connectOkta();
  await visitor.signIn(ada);
  await visitor.setRoles(['Support', 'admin']);
  const byRole = await arrive();
  await byRole.signIn(grace);

  await test.step('the last admin by name stays one', async () => {
    await visitor.open('/settings/okta');
    await visitor.press(`Remove ${ada.name} as admin`);
    await expect(alert(visitor)).toContainText('The last admin cannot be removed');
    await expect(visitor.main).toContainText(ada.subject);
  });

  await test.step('an admin by a role keeps it, and what they typed', async () => {
    await byRole.open('/settings/okta');
    await saveRows(byRole, ['1', 'Support', 'author']);
    await expect(alert(byRole)).toContainText('you would no longer be an admin yourself');
    await expect(byRole.field('Role of rule 1')).toHaveValue('author');
    expect((await byRole.identity()).roles).toEqual(['admin']);
  });

  await test.step('another admin may remove the last one by name', async () => {
    await byRole.open('/settings/okta');
    await byRole.press(`Remove ${ada.name} as admin`);
    await expect(byRole.heading('Admins by name')).toBeHidden();
    await visitor.open('/settings/okta');
    await expect(visitor.heading('You are not an admin of this app')).toBeVisible();
  });
});
