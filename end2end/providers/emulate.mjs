// Starts `emulate`, the Okta emulator, for one app; says so in one line on standard output when it is ready, and ends
// with it. `node emulate.mjs [--port 4000] [--app http://127.0.0.1:3000]`

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { app, callback, origin, port } from './arguments.mjs';
import { emulatorSeed } from './seed.mjs';

// The emulator needs a newer Node than the one this may run on, so that Node comes from npm with it.
const installed = (path) => fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url));
const node = installed('node/bin/node');
const cli = installed('emulate/dist/index.js');

const folder = mkdtempSync(join(tmpdir(), 'leptos-okta-emulate-'));
const seed = join(folder, 'seed.yaml');
writeFileSync(seed, emulatorSeed(app, callback));

const emulator = spawn(
  node,
  // Without a base URL it calls itself `localhost`, and an issuer has to be spelled one way only.
  [cli, 'start', '--service', 'okta', '--port', String(port), '--base-url', origin, '--seed', seed],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);

const stop = () => emulator.kill('SIGTERM');
process.once('SIGTERM', stop);
process.once('SIGINT', stop);

emulator.once('exit', (code) => {
  rmSync(folder, { recursive: true, force: true });
  process.exit(code ?? 1);
});

for await (const line of createInterface({ input: emulator.stdout })) {
  if (line.includes('Ready.')) {
    await removeUser('testuser@okta.local');
    console.log(`emulate is ready: ${origin}/oauth2/default`);
  }
}

/** The emulator adds a user of its own; only those of demo.yaml shall show on its sign-in page. */
async function removeUser(login) {
  const user = `http://127.0.0.1:${port}/api/v1/users/${encodeURIComponent(login)}`;
  const request = { method: 'DELETE', headers: { authorization: 'SSWS any' } };
  await fetch(user, request); // as in Okta, the first DELETE deactivates
  await fetch(user, request); // and the second one deletes
}
