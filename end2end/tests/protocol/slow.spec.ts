import { feature } from '../../support/feature.ts';
import { Gate } from '../../support/gate.ts';
import { freePort } from '../../support/port.ts';
import { expect, test } from '../../support/protocol.ts';
import { ada } from '../../support/provider.ts';

test(
  'waits for slow answers',
  { tag: '@slow', annotation: feature('Slow answers') },
  async ({ start, admin, arrive }) => {
    const port = await freePort();
    const okta = await start('--through', String(port));
    const gate = await Gate.before(okta.port, port);
    await admin.connect(okta);

    gate.delay = 300;
    const before = Date.now();
    const { identity } = await (await arrive()).signIn(okta, ada);
    expect(identity).toMatchObject({ subject: ada.subject });
    expect(Date.now() - before, 'somebody waited').toBeGreaterThan(gate.delay);
    await gate.close();
  },
);
