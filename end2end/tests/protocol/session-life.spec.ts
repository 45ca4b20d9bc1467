import { expect, test } from '../../support/protocol.ts';
import { ada } from '../../support/provider.ts';

// Refresh tokens: RFC 6749 §6, rotated as in RFC 9700 §4.14.2, and revoked as in RFC 7009.

const refresh = { tag: '@refresh' };
const once = { refresh_tokens: true };
/** The provider is asked again all the time. */
const allTheTime = { ...once, recheck_seconds: 1 };

test('a refresh token is replaced time and again, and a former one is refused and ends the session', refresh, async ({
  app,
  start,
  admin,
  arrive,
}) => {
  const okta = await start();
  await admin.connect(okta, allTheTime);
  const person = await arrive();
  expect((await person.signIn(okta, ada)).identity).toMatchObject({ subject: ada.subject });

  const goBack = await app.backUp();
  for (const times of [1, 2]) {
    const refreshed = async () => {
      expect(await person.isSignedIn()).toBe(true);
      return app.answered('token');
    };
    await expect.poll(refreshed).toBeGreaterThanOrEqual(times);
  }
  // As from a backup of the database: its token was used before.
  await goBack();
  await expect.poll(() => person.isSignedIn()).toBe(false);
  expect(await admin.reasonOfEnd()).toContain('no longer accepts the refresh token: invalid_grant');
});

test('signing out revokes the refresh token', refresh, async ({ app, start, admin, arrive }) => {
  const okta = await start();
  await admin.connect(okta, once);
  const person = await arrive();
  await person.signIn(okta, ada);

  const goBack = await app.backUp();
  const copy = await arrive(person);
  await person.signOut();
  await expect.poll(() => app.answered('revocation')).toBe(1);
  await goBack();
  expect(await copy.isSignedIn()).toBe(true);
  await admin.connect(okta, allTheTime);
  await expect.poll(() => copy.isSignedIn()).toBe(false);
  expect(await admin.reasonOfEnd()).toContain('invalid_grant');
});

test('a sign-in meets the context that it was asked for, or ends on a page', { tag: '@acr' }, async ({ start, admin, arrive }) => {
  const okta = await start();
  await admin.connect(okta);
  const twoFactors = { acr_values: 'urn:okta:loa:2fa:any' };
  const person = await arrive();
  const { identity } = await person.signIn(okta, ada, twoFactors);
  expect(identity).toMatchObject({ subject: ada.subject, acr: twoFactors.acr_values });

  // The provider knows them from before, and as little.
  const other = await arrive();
  await other.signIn(okta, ada);
  const ending = await other.signIn(okta, ada, twoFactors);
  expect(ending).toMatchObject({ status: 403, title: 'Your sign-in is not enough for this page' });
  expect(ending.identity).not.toHaveProperty('acr', twoFactors.acr_values);
});
