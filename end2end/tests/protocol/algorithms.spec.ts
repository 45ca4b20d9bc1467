import { feature, instead } from '../../support/feature.ts';
import { expect, test } from '../../support/protocol.ts';
import { ada } from '../../support/provider.ts';

// RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2.
const algorithms = [
  ...(['RS256', 'RS384', 'RS512'] as const),
  ...(['PS256', 'PS384', 'PS512'] as const),
  ...(['ES256', 'ES384', 'ES512'] as const),
  ...(['EdDSA', 'Ed25519'] as const),
];

for (const algorithm of algorithms) {
  const details = { tag: algorithm === 'RS256' ? '@rs256' : '@algorithms', annotation: feature(algorithm) };
  test(
    `signs in with an ID token signed ${algorithm}, or refuses that at Connect`,
    details,
    async ({ start, admin, arrive }) => {
      const okta = await start('--algorithm', algorithm);
      const { connected, checks } = await admin.connect(okta);
      if (!connected) {
        const failed = checks.filter(({ outcome }) => outcome === 'failed');
        expect(failed.map(({ message }) => message).join(), 'names what it cannot verify').toContain(algorithm);
        // What nearly every provider signs with is never refused.
        expect(['ES512', 'Ed25519']).toContain(algorithm);
        test.info().annotations.push(instead('refused at Connect'));
        return;
      }
      const { identity } = await (await arrive()).signIn(okta, ada);
      expect(identity).toMatchObject({ subject: ada.subject, name: ada.name, groups: ada.groups });
    },
  );
}
