import type { Client } from '../../support/client.ts';
import { type Feature, feature } from '../../support/feature.ts';
import { expect, test } from '../../support/protocol.ts';
import { ada, type Provider } from '../../support/provider.ts';

// OpenID Connect Core §10.1.1. A provider that starts anew has new keys.

test.beforeEach(({}, testInfo) => testInfo.setTimeout(45_000));

async function expectSignIn(client: Client, okta: Provider): Promise<void> {
  expect((await client.signIn(okta, ada)).identity).toMatchObject({ subject: ada.subject });
}

const rotations: { title: Feature; tag: string; args: string[] }[] = [
  { title: 'Key rotation', tag: '@rotation', args: [] },
  { title: 'Key rotation without `kid`', tag: '@without-kid', args: ['--kid', 'none'] },
  { title: 'Key rotation under the same `kid`', tag: '@same-kid', args: ['--kid', 'always-this-one'] },
];

for (const { title, tag, args } of rotations) {
  test(`${title}, twice within a minute`, { tag, annotation: feature(title) }, async ({ start, admin, arrive }) => {
    const okta = await start(...args);
    await admin.connect(okta);
    await expectSignIn(await arrive(), okta);
    for (const time of ['first', 'second']) {
      await test.step(`the ${time} time`, async () => {
        await okta.restart(...args);
        await expectSignIn(await arrive(), okta);
      });
    }
  });
}
