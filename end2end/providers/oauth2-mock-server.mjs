// Starts `oauth2-mock-server` for one app; says so in one line on standard output when it is ready.
// `node oauth2-mock-server.mjs [--port 4000] [--app http://127.0.0.1:3000]`
//
// It knows no clients, no secrets and no sessions, and has no sign-in page: everybody is the first person of demo.yaml.

import { algorithm, kid, origin, port } from './arguments.mjs';
import { Mock } from './mock.mjs';
import { people } from './seed.mjs';

const mock = new Mock(origin, people[0]);
await mock.issuer.keys.generate(algorithm, { kid });
if (algorithm !== 'RS256') {
  // Its own discovery document says RS256 whatever the keys are.
  mock.bend.discovery = ({ body }) => (body.id_token_signing_alg_values_supported = [algorithm]);
}
if (kid === 'none') {
  mock.bend.idToken = ({ header }) => delete header.kid;
  mock.bend.keys = ({ body }) => body.keys.forEach((key) => delete key.kid);
}

try {
  await mock.listen(port);
} catch (error) {
  console.error(`oauth2-mock-server cannot listen on port ${port}: ${error.message}`);
  process.exit(1);
}
console.log(`oauth2-mock-server is ready: ${origin}`);

const stop = () => process.exit(0);
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
