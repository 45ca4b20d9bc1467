import { feature, instead } from '../../support/feature.ts';
import { expect, test } from '../../support/protocol.ts';
import { ada } from '../../support/provider.ts';

// RFC 7518 §3.1, RFC 8037 §3.1.
const algorithms = [
  ...(['RS256', 'RS384', 'RS512'] as const),
  ...(['PS256', 'PS384', 'PS512'] as const),
  ...(['ES256', 'ES384'] as const),
  ...(['EdDSA'] as const),
];

// What not every library can verify; RFC 9864 §2.2 has the second.
const rare = ['ES512', 'Ed25519'] as const;

for (const algorithm of algorithms) {
  const tag = algorithm === 'RS256' ? '@rs256' : '@algorithms';
  test(
    `signs in with an ID token signed ${algorithm}`,
    { tag, annotation: feature(algorithm) },
    async ({ start, admin, arrive }) => {
      const okta = await start('--algorithm', algorithm);
      await admin.connect(okta);
      const { identity } = await (await arrive()).signIn(okta, ada);
      expect(identity).toMatchObject({ subject: ada.subject, name: ada.name, groups: ada.groups });
    },
  );

  test(
    `signs in with userinfo signed ${algorithm}`,
    { tag: '@signed-userinfo', annotation: feature('Signed userinfo') },
    async ({ start, admin, arrive }) => {
      const okta = await start('--algorithm', algorithm, '--signed-userinfo');
      await admin.connect(okta);
      const { identity } = await (await arrive()).signIn(okta, ada);
      expect(identity).toMatchObject({ subject: ada.subject, name: ada.name, groups: ada.groups });
    },
  );
}

for (const algorithm of rare) {
  test(
    `signs in with an ID token signed ${algorithm}, or refuses that by name at Connect`,
    { tag: '@algorithms', annotation: feature(algorithm) },
    async ({ start, admin, arrive }) => {
      const okta = await start('--algorithm', algorithm);
      const { connected, checks } = await admin.connect(okta);
      if (!connected) {
        const failed = checks.filter(({ outcome }) => outcome === 'failed');
        expect(failed.map(({ message }) => message).join()).toContain(algorithm);
        test.info().annotations.push(instead('refused at Connect'));
        return;
      }
      const { identity } = await (await arrive()).signIn(okta, ada);
      expect(identity).toMatchObject({ subject: ada.subject });
    },
  );
}
