import { ada, grace } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';

test('makes an admin of whoever signs in first from the setup browser, and of nobody else', async ({ app, arrive, visitor }) => {
  await visitor.connectOkta();
  await visitor.signIn(ada);
  await visitor.open('/settings/okta');
  await expect(visitor.heading('Connected to Okta')).toBeVisible();

  await test.step('another person', async () => {
    const somebodyElse = await arrive();
    await somebodyElse.startSession(grace);
    await somebodyElse.open('/settings/okta/connection');
    await expect(somebodyElse.heading('You are not an admin of this app')).toBeVisible();
    await expect(somebodyElse.page.getByLabel('Client ID', { exact: true })).toBeHidden();
  });

  await test.step('the setup link is dead', async () => {
    const stranger = await arrive();
    await stranger.open(`/settings/okta?setup=${app.setupCode}`);
    await expect(stranger.main.getByRole('link', { name: 'Sign in with Okta' })).toBeVisible();
    await expect(stranger.page.getByLabel('Client ID', { exact: true })).toBeHidden();
  });

  await test.step('the admin, back in another browser', async () => {
    const back = await arrive();
    await back.startSession(ada);
    await back.open('/settings/okta');
    await expect(back.heading('Connected to Okta')).toBeVisible();
  });

  await test.step('the admin, signed out', async () => {
    await visitor.signOut();
    await visitor.open('/settings/okta/connection');
    await expect(visitor.page.getByLabel('Client ID', { exact: true })).toBeHidden();
    await expect(visitor.main.getByRole('link', { name: 'Sign in with Okta' })).toBeVisible();
  });
});

test('makes no admin of somebody who signs in from another browser first', async ({ arrive, visitor }) => {
  await visitor.connectOkta();

  const somebodyElse = await arrive();
  await somebodyElse.startSession(grace);
  await somebodyElse.open('/settings/okta/connection');
  await expect(somebodyElse.page.getByLabel('Client ID', { exact: true })).toBeHidden();
});
