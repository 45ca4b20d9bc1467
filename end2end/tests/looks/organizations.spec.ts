import { keepPicture, look, section, windows } from '../../support/looks.ts';
import { ada, grace, Provider } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';
import type { Visitor } from '../../support/visitor.ts';

const disc = '<svg xmlns="http://www.w3.org/2000/svg" width="48" height="48"><circle cx="24" cy="24" r="24" fill="#b3261e"/></svg>';
const acme = {
  name: 'Acme Inc.',
  color: '#b3261e',
  logo: `data:image/svg+xml;base64,${Buffer.from(disc).toString('base64')}`,
  text: 'Questions? Ask it@acme.example.',
};

/** Connects an Okta that nobody is sent to, and so nobody is asked about. */
async function connectUnseen(visitor: Visitor, name: string, options: object): Promise<void> {
  await visitor.send('PUT', `/api/okta/connections/${name}?check=false`, {
    client_id: `0oa1${name}`,
    client_secret: 'a-secret-that-nobody-sees',
    issuer: `https://${name}.okta.com`,
    ...options,
  });
}

/** An app with two customers, one with two connections. */
async function sell(visitor: Visitor): Promise<void> {
  await visitor.connectOkta();
  await visitor.startSession(ada);
  await connectUnseen(visitor, 'acme', { display_name: 'Acme Inc., Europe', listed: true });
  await connectUnseen(visitor, 'acme-us', { display_name: 'Acme Inc., USA', organization: 'acme', listed: true });
  await connectUnseen(visitor, 'an-organization-of-a-rather-long-name-that-somebody-chose', { enabled: false });
  await visitor.send('PUT', '/api/okta/connections/acme/branding', acme);
  await visitor.send('PUT', '/api/okta/connections/acme/domains/acme.example', {});
  await visitor.send('POST', '/api/okta/connections/acme/domains/acme.example', {});
}

test('the pages of an organization fit the window, in light and dark, and can be read by everybody', async ({ arrive, visitor }) => {
  await sell(visitor);
  const stranger = await arrive();
  await stranger.open('/login');
  await expect(stranger.field('Email address')).toBeVisible();
  await look(stranger, 'organizations-choice');
  await stranger.open('/login?organization=acme');
  await expect(stranger.page.getByText('Acme Inc., USA')).toBeVisible();
  await look(stranger, 'organizations-branded-choice');
  const { address } = await visitor.send<{ address: string }>('POST', '/api/okta/connections/acme/setup-links', {});
  await stranger.page.goto(address);
  await expect(stranger.heading('Set up sign-in for Acme Inc.')).toBeVisible();
  await look(stranger, 'organizations-setup-link');
});

test('so do the settings about them', async ({ visitor }) => {
  await sell(visitor);
  await visitor.open('/settings/okta/connections');
  await expect(visitor.page.locator('tr[data-connection]')).toHaveCount(4);
  await look(visitor, 'organizations-connections');
  await visitor.send('PUT', '/api/okta/connections/acme/domains/a-rather-long-name-of-a-department.acme.example', {});
  await visitor.send('POST', '/api/okta/connections/acme/setup-links', { note: 'it@acme.example' });
  await visitor.open('/settings/okta/connection?connection=acme');
  await expect(section(visitor.page, 'okta-domains').locator('li')).toHaveCount(2);
  await look(visitor, 'organizations-connection');
  await visitor.open('/settings/okta/api');
  await visitor.field('Name').fill('Deployment');
  await visitor.press('Create token');
  await expect(visitor.page.locator('#new-token')).toBeVisible();
  await look(visitor, 'organizations-tokens');
});

test('what a customer’s admin sees is pictured for the guides', async ({ app, arrive, visitor }) => {
  test.slow();
  const emulator = await Provider.start('emulate', app.origin, '--connection', 'acme');
  try {
    await visitor.connectOkta();
    await visitor.startSession(ada);
    await visitor.send('PUT', '/api/okta/connections/acme/branding', acme);
    const { address } = await visitor.send<{ address: string }>('POST', '/api/okta/connections/acme/setup-links', {});

    const it = await arrive();
    it.watch.knows(emulator.origin);
    await it.page.setViewportSize({ width: 900, height: 550 });
    await it.page.goto(address);
    await keepPicture('link-opened', it.page);
    await it.page.setViewportSize(windows.wide);
    await it.page.getByRole('button', { name: 'Start' }).click();
    await it.hydrated();
    await keepPicture('link-steps', it.page.locator('.okta-settings'));
    const { clientId, clientSecret, issuer } = emulator;
    await it.submitConnection({ clientId, clientSecret, issuer });
    const steps = it.page.locator('.okta-steps');
    await expect(steps).toContainText('Sign in to become the admin');
    await keepPicture('link-sign-in', steps);

    await steps.getByRole('link', { name: 'Sign in with Okta' }).click();
    await emulator.signIn(it.page, grace);
    await it.open('/settings/okta/connection');
    const who = section(it.page, 'okta-who');
    await it.field('Only verified email addresses of these domains').fill('example.com');
    await it.press('Save who may sign in');
    await expect(who).toContainText('with a verified email address of example.com');
    await keepPicture('who-may-sign-in', who);
  } finally {
    await emulator.stop();
  }
});
