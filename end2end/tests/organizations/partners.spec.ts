import { clientWithKey, partner } from '../../providers/seed.mjs';
import { ada, alan, grace, Provider } from '../../support/provider.ts';
import { expect, test } from '../../support/test.ts';

test('people sign in through different providers at once', async ({ app, arrive, okta, visitor }) => {
  test.slow();
  const emulator = await Provider.start('emulate', app.origin, '--connection', 'acme');
  try {
    // With a private key and pushed requests.
    await visitor.connectOkta({
      client_id: clientWithKey.id,
      client_secret: '',
      client_authentication: 'private_key_jwt',
      pushed_requests: true,
    });
    await visitor.startSession(ada);
    // Two authorization servers of one Okta.
    await visitor.connect('acme', { clientId: emulator.clientId, clientSecret: emulator.clientSecret, issuer: emulator.issuer });
    await visitor.connect('partner', {
      clientId: partner.client.client_id,
      clientSecret: partner.client.client_secret,
      issuer: `${emulator.origin}/oauth2/partner`,
    });

    const people = [
      { connection: 'okta', provider: okta, person: grace, issuer: okta.issuer },
      { connection: 'acme', provider: emulator, person: grace, issuer: emulator.issuer },
      { connection: 'partner', provider: emulator, person: alan, issuer: `${emulator.origin}/oauth2/partner` },
    ];
    const visitors = await Promise.all(people.map(() => arrive()));
    // All are on their way before the first one arrives.
    for (const [at, { connection }] of people.entries()) {
      visitors[at]!.watch.knows(emulator.origin);
      await visitors[at]!.page.goto(`${app.origin}/login?connection=${connection}`);
    }
    for (const [at, { provider, person }] of people.entries()) await provider.signIn(visitors[at]!.page, person);
    for (const [at, { connection, person, issuer }] of people.entries()) {
      await visitors[at]!.expectSignedIn(person);
      expect(await visitors[at]!.identity()).toMatchObject({ connection, issuer, subject: person.subject });
    }
  } finally {
    await emulator.stop();
  }
});
