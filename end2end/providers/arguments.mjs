// The command line that all providers share.

import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4000' },
    // A loopback name. One that differs from the app's makes the two different sites, as they are in real life.
    host: { type: 'string', default: '127.0.0.1' },
    app: { type: 'string', default: 'http://127.0.0.1:3000' },
    // The connection that signs in here, if it isn't the app's first one.
    connection: { type: 'string' },
    // The port by which everybody knows the provider, if something stands before it.
    through: { type: 'string' },
    // How ID tokens are signed, and what the key is called: nothing means by a name of its own, `none` without any.
    algorithm: { type: 'string', default: 'RS256' },
    kid: { type: 'string' },
    // Whether ID tokens are thin, and the rest comes from a userinfo that is signed.
    'signed-userinfo': { type: 'boolean', default: false },
  },
});

/** Where the provider listens. */
export const port = Number(values.port);

/** The provider's own origin. */
export const origin = `http://${values.host}:${values.through ?? port}`;

/** The origin of the app that people sign in to. */
export const app = new URL(values.app).origin;

/** The prefix below which the app keeps the plugin, as in `http://127.0.0.1:3000/auth`. */
const prefix = new URL(values.app).pathname.replace(/\/$/, '');

/** Where people come back to, and which connection's keys the app signs with. */
export const callback = `${prefix}/authorization-code/callback${values.connection ? `/${values.connection}` : ''}`;
export const connection = values.connection ?? 'okta';

/** The algorithm of tokens, the name of the key that signs them, and whether userinfo is one. */
export const { algorithm, kid, 'signed-userinfo': signedUserinfo } = values;
