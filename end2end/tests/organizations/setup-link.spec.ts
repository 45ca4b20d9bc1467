import { partner } from '../../providers/seed.mjs';
import { ada, alan, grace, Provider } from '../../support/provider.ts';
import { expect, test as base } from '../../support/test.ts';
import type { ConnectionForm, Visitor } from '../../support/visitor.ts';

/** The organizations' Okta: an emulator with an authorization server for each. */
const test = base.extend<{ emulator: Provider }>({
  emulator: async ({ app }, use) => {
    const emulator = await Provider.start('emulate', app.origin, '--connection', 'acme');
    await use(emulator);
    await emulator.stop();
  },
});

const ofAcme = ({ clientId, clientSecret, issuer }: Provider): ConnectionForm => ({ clientId, clientSecret, issuer });
const ofPartner = ({ origin }: Provider): ConnectionForm => ({
  clientId: partner.client.client_id,
  clientSecret: partner.client.client_secret,
  issuer: `${origin}/oauth2/partner`,
});

const navigation = ({ page }: Visitor) => page.getByRole('navigation', { name: 'Okta settings' });
const card = ({ page }: Visitor, name: string) => page.getByRole('region', { name, exact: true });

/** Goes to the settings of a connection, which may not be there yet. */
async function openConnection(visitor: Visitor, name: string): Promise<void> {
  await visitor.open('/settings/okta/connections');
  await visitor.field('Name').fill(name);
  await visitor.page.getByRole('button', { name: 'Continue' }).click();
  await visitor.expectAt(`/settings/okta/connection?connection=${name}`);
  await visitor.hydrated();
}

/** Makes a setup link and gives its address. */
async function makeLink(visitor: Visitor, note: string): Promise<string> {
  await visitor.field('For').fill(note);
  await visitor.press('Create setup link');
  const link = visitor.page.locator('#okta-new-setup-link');
  await expect(link).toBeVisible();
  return link.innerText();
}

test('an organization connects its own Okta with a link, and sees nothing else', async ({ app, arrive, emulator, okta, visitor }) => {
  test.slow();
  const link = await test.step('an admin of the app makes two organizations, and sends one a link', async () => {
    await visitor.connectOkta();
    await visitor.startSession(ada);
    await visitor.open('/settings/okta/connection');
    await visitor.main.getByRole('link', { name: 'Add a connection' }).click();
    await visitor.expectAt('/settings/okta/connections');
    await openConnection(visitor, 'partner');
    await visitor.submitConnection(ofPartner(emulator));
    await expect(visitor.page.getByText('Connection saved. It is in use now.')).toBeVisible();

    await openConnection(visitor, 'acme');
    await visitor.field('Organization name').fill('Acme Inc.');
    await visitor.press('Save branding');
    const link = await makeLink(visitor, 'it@acme.example');
    expect(link).toMatch(new RegExp(`^${app.origin}/login/setup\\?code=[\\w-]{43}$`));
    await visitor.page.reload();
    await expect(visitor.page.getByText('it@acme.example')).toBeVisible();
    await expect(visitor.page.locator('#okta-new-setup-link')).toBeHidden();
    return link;
  });

  const it = await arrive();
  it.watch.knows(emulator.origin);
  await test.step('its admin opens the link and is led through the setup', async () => {
    await it.page.goto(link);
    await expect(it.heading('Set up sign-in for Acme Inc.')).toBeVisible();
    await it.page.getByRole('button', { name: 'Start' }).click();
    await it.expectAt('/settings/okta');
    await it.hydrated();
    await expect(navigation(it).getByRole('link')).toHaveText(['Overview', 'Connection', 'Roles', 'Provisioning']);
    await expect(it.page.locator('#sign-in-redirect-uri')).toHaveText(`${app.origin}/authorization-code/callback/acme`);
    await it.submitConnection({ ...ofAcme(emulator), clientSecret: 'not-the-secret' });
    await it.expectCheck('credentials', 'failed');
    await it.submitConnection(ofAcme(emulator));
    await it.main.getByRole('link', { name: 'Sign in with Okta' }).first().click();
    await emulator.signIn(it.page, grace);
    await it.expectAt('/settings/okta');
    await it.hydrated();
    const sections = ['Overview', 'Connection', 'Roles', 'People', 'Provisioning', 'Activity', 'API'];
    await expect(navigation(it).getByRole('link')).toHaveText(sections);
    await expect(it.page.locator('.okta-tiles')).toContainText(grace.name);
    expect((await it.identity()).roles).toEqual(['admin']);
  });

  await test.step('each sees only their own', async () => {
    await it.open('/settings/okta/connections');
    await expect(it.page.locator('tr[data-connection]')).toHaveCount(1);
    await expect(it.page.locator('tr[data-connection="acme"]')).toBeVisible();
    for (const other of ['okta', 'partner']) {
      await it.open(`/settings/okta?connection=${other}`);
      await expect(it.page.getByRole('alert')).toContainText('There is no connection with this name');
    }
    await it.open('/settings/okta/activity');
    const events = it.page.locator('tr[data-event]');
    await expect(events.filter({ hasText: 'Setup link opened' })).toHaveCount(1);
    await expect(events.filter({ hasText: 'Became an admin' })).toHaveCount(1);
    await expect(it.page.getByText('partner')).toHaveCount(0);
    const partners = await arrive();
    partners.watch.knows(emulator.origin);
    await partners.open('/login?connection=partner&return_to=/settings/okta');
    await emulator.signIn(partners.page, grace);
    await partners.expectAt('/settings/okta');
    await expect(partners.heading('You are not an admin of this app')).toBeVisible();
  });

  await test.step('the link is used, and says so', async () => {
    const late = await arrive();
    late.watch.expect(410, '/login/setup');
    await late.page.goto(link);
    await expect(late.heading('This setup link was used')).toBeVisible();
    await openConnection(visitor, 'acme');
    await expect(visitor.page.locator('[data-setup-link="used"]')).toContainText('it@acme.example');
  });

  await test.step('the page that asks for an address leads to the right Okta', async () => {
    await visitor.field('Domain').fill('acme.example');
    await visitor.press('Add domain');
    await visitor.press('Trust acme.example without the record');
    await expect(card(visitor, 'Email domains').getByText('Verified', { exact: true })).toBeVisible();
    const person = await arrive();
    person.watch.knows(emulator.origin);
    person.watch.expect(404, '/login');
    await person.open('/login');
    await person.field('Email address').fill('alan@nobody.example');
    await person.page.getByRole('button', { name: 'Continue' }).click();
    await expect(person.page.getByText("This address doesn't lead to an organization")).toBeVisible();
    await person.field('Email address').fill('alan@acme.example');
    await person.page.getByRole('button', { name: 'Continue' }).click();
    await emulator.signIn(person.page, alan);
    await person.expectSignedIn(alan);
    expect(await person.identity()).toMatchObject({ connection: 'acme', organization: 'acme', roles: [] });
  });

  await test.step('an answer at the address of another connection is refused', async () => {
    const person = await arrive();
    person.watch.knows(emulator.origin);
    await person.page.goto(`${app.origin}/login?connection=acme`);
    const state = new URL(person.page.url()).searchParams.get('state') ?? '';
    expect(state).not.toBe('');
    const elsewhere = '/authorization-code/callback/partner';
    person.watch.expect(400, elsewhere);
    await person.page.goto(`${app.origin}${elsewhere}?${new URLSearchParams({ state, code: 'any' })}`);
    await expect(person.page.getByText('came from a different organization than the one you chose')).toBeVisible();
  });

  await test.step('whoever came through the first connection is untouched', async () => {
    expect(okta.name).toBe('oidc-provider');
    expect(await visitor.identity()).toMatchObject({ connection: 'okta', roles: ['admin'] });
  });
});

test('a link that was revoked opens nothing, and closes what it opened', async ({ arrive, visitor }) => {
  await visitor.connectOkta();
  await visitor.startSession(ada);
  await openConnection(visitor, 'acme');
  const link = await makeLink(visitor, 'it@acme.example');
  const it = await arrive();
  await it.page.goto(link);
  await it.page.getByRole('button', { name: 'Start' }).click();
  await expect(it.heading('Overview')).toBeVisible();
  await visitor.press('Revoke the link for it@acme.example');
  await expect(visitor.page.getByText('Setup link revoked.')).toBeVisible();
  await it.page.reload();
  await expect(it.heading('Overview')).toBeHidden();
  it.watch.expect(410, '/login/setup');
  await it.page.goto(link);
  await expect(it.heading('This setup link was revoked')).toBeVisible();
});
