import { ada, alan, grace, type Person } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';
import type { Visitor } from '../../support/visitor.ts';

const roles = '/settings/okta/roles';

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
    await expect(visitor.heading("You don't have access to this page")).toBeVisible();
    await expect(visitor.main).toContainText('the role “editor”');
    await expect(visitor.heading('Editors')).toBeHidden();
  });
}

/** Fills rows of the role table, from the first one, and adds those that are missing. */
async function fillRows(admin: Visitor, ...rows: [group: string, role: string][]): Promise<void> {
  for (const [index, [group, role]] of rows.entries()) {
    if ((await admin.field(`Group of rule ${index + 1}`).count()) === 0) {
      await admin.press('Add rule');
      await expect(admin.field(`Group of rule ${index + 1}`)).toBeVisible();
    }
    await admin.field(`Group of rule ${index + 1}`).fill(group);
    await admin.field(`Role of rule ${index + 1}`).fill(role);
  }
}

async function saveRows(admin: Visitor, ...rows: [group: string, role: string][]): Promise<void> {
  await fillRows(admin, ...rows);
  await admin.press('Save roles');
}

async function expectRows(admin: Visitor, ...rows: [group: string, role: string][]): Promise<void> {
  for (const [index, [group, role]] of rows.entries()) {
    await expect(admin.field(`Group of rule ${index + 1}`)).toHaveValue(group);
    await expect(admin.field(`Role of rule ${index + 1}`)).toHaveValue(role);
  }
  await expect(admin.field(`Group of rule ${rows.length + 1}`)).toBeHidden();
}

test('a role opens a page for the members of its group, and for nobody else', async ({ arrive, visitor }) => {
  await visitor.connectOkta();
  await visitor.startSession(ada);
  await visitor.open(roles);
  await test.step('the groups seen are there to choose from', async () => {
    await expect(visitor.field('Group of rule 1')).toHaveAttribute('list', 'okta-seen-groups');
    const choices = visitor.page.locator('#okta-seen-groups option');
    expect(await choices.evaluateAll((options) => options.map((option) => option.getAttribute('value')))).toEqual(
      [...ada.groups].sort(),
    );
  });

  const member = await arrive();
  await member.startSession(grace);
  await expectNoEditor(member);

  await saveRows(visitor, ['Engineering', 'editor']);
  await expect(visitor.page.getByText('Roles saved. They apply to everyone right away.')).toBeVisible();
  await expect(visitor.field('Role of rule 1')).toHaveValue('editor');

  await test.step('it reaches who was signed in before', () => expectEditor(member, grace));
  await test.step('and whoever is not in the group stays out', async () => {
    const somebodyElse = await arrive();
    await somebodyElse.startSession(alan);
    await expectNoEditor(somebodyElse);
  });
});

test('rows are added, moved and removed one by one, and nothing typed is lost', async ({ arrive, visitor }) => {
  const { page } = visitor;
  await visitor.connectOkta();
  await visitor.startSession(ada);
  await visitor.open(roles);

  await visitor.field('Default role').fill('guest');
  await fillRows(visitor, ['Everyone', 'reader'], ['Engineering', 'editor'], ['Nobody', 'ghost']);
  await visitor.press('Move rule 2 up');
  await expectRows(visitor, ['Engineering', 'editor'], ['Everyone', 'reader'], ['Nobody', 'ghost']);
  await expect(visitor.field('Default role')).toHaveValue('guest');
  await expect(page.getByText('Unsaved changes. In use now: no rules.')).toBeVisible();
  expect((await visitor.identity()).roles, 'nothing is in use before it is saved').toEqual(['admin']);

  await visitor.press('Save roles');
  await expect(page.getByText('Roles saved.')).toBeVisible();
  await expect(page.getByText('Unsaved changes')).toBeHidden();
  await expect(page.getByRole('listitem').filter({ has: visitor.field('Group of rule 3') })).toContainText(
    'No member has signed in yet.',
  );
  expect((await visitor.identity()).roles).toEqual(['admin', 'editor', 'reader']);

  await visitor.press('Remove rule 1');
  await expectRows(visitor, ['Everyone', 'reader'], ['Nobody', 'ghost']);
  await visitor.press('Discard changes');
  await expectRows(visitor, ['Engineering', 'editor'], ['Everyone', 'reader'], ['Nobody', 'ghost']);

  await test.step('a table that another admin changed meanwhile is not overwritten', async () => {
    const sameAdmin = await arrive();
    await sameAdmin.startSession(ada);
    await sameAdmin.open(roles);
    await sameAdmin.press('Remove rule 3');
    await expectRows(sameAdmin, ['Engineering', 'editor'], ['Everyone', 'reader']);
    await sameAdmin.press('Save roles');
    await expect(sameAdmin.page.getByText('Roles saved.')).toBeVisible();

    await visitor.press('Move rule 1 down');
    await expect(page.getByRole('alert')).toContainText('another admin changed them');
    await expectRows(visitor, ['Everyone', 'reader'], ['Engineering', 'editor'], ['Nobody', 'ghost']);
    await visitor.press('Discard changes');
  });

  for (let row = 0; row < 2; row++) {
    await visitor.press('Remove rule 1');
    await visitor.hydrated();
  }
  await visitor.press('Save roles');
  await expectRows(visitor, ['', '']);
  await expect(visitor.field('Default role')).toHaveValue('guest');
  expect((await visitor.identity()).roles).toEqual(['admin', 'guest']);
});

test('Enter saves, and the cursor is in the row that was added', { tag: '@script' }, async ({ visitor }) => {
  const { page } = visitor;
  await visitor.connectOkta();
  await visitor.open(roles);
  await fillRows(visitor, ['Engineering', 'editor']);
  await visitor.press('Add rule');
  await expect(visitor.field('Group of rule 2')).toBeFocused();
  await page.keyboard.type('Everyone');
  await visitor.field('Role of rule 2').fill('reader');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Roles saved.')).toBeVisible();
  await expectRows(visitor, ['Engineering', 'editor'], ['Everyone', 'reader']);
});

/** Removes a named admin: the page asks first. */
async function removeAdmin(admin: Visitor, person: Person): Promise<void> {
  const confirm = admin.page.getByRole('button', { name: `Yes, remove ${person.name} as admin` });
  await expect(confirm).toBeHidden();
  await admin.page.getByText('Remove…').click();
  await admin.press(`Yes, remove ${person.name} as admin`);
}

test('nobody takes their own right away by mistake', async ({ arrive, visitor }) => {
  const alert = ({ page }: Visitor) => page.getByRole('alert');
  await visitor.connectOkta();
  await visitor.startSession(ada);
  await visitor.setRoles(['Support', 'admin']);
  const byRole = await arrive();
  await byRole.startSession(grace);

  await test.step('the last named admin stays one', async () => {
    await visitor.open(roles);
    await removeAdmin(visitor, ada);
    await expect(alert(visitor)).toContainText("The last admin can't be removed");
    await expect(visitor.main).toContainText(ada.subject);
  });

  await test.step('an admin by a role keeps it, and what they typed', async () => {
    await byRole.open(roles);
    await saveRows(byRole, ['Support', 'author']);
    await expect(alert(byRole)).toContainText('you would lose admin access');
    await expect(byRole.field('Role of rule 1')).toHaveValue('author');
    expect((await byRole.identity()).roles).toEqual(['admin']);
  });

  await test.step('another admin may remove the last named one', async () => {
    await byRole.open(roles);
    await removeAdmin(byRole, ada);
    await expect(byRole.page.getByText('Admin removed.')).toBeVisible();
    await expect(byRole.page.getByText('No named admins.')).toBeVisible();
    await visitor.open(roles);
    await expect(visitor.heading('You are not an admin of this app')).toBeVisible();
  });
});
