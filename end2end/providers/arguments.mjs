// The command line both providers share.

import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4000' },
    // A loopback name. One that differs from the app's makes the two different sites, as they are in real life.
    host: { type: 'string', default: '127.0.0.1' },
    app: { type: 'string', default: 'http://127.0.0.1:3000' },
  },
});

/** Where the provider listens. */
export const port = Number(values.port);

/** The provider's own origin. */
export const origin = `http://${values.host}:${port}`;

/** The origin of the app that people sign in to. */
export const app = new URL(values.app).origin;
