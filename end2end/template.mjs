// Keeps the README of template/ true: an app made from it starts, and connects to the stand-in of okta.yaml with the values
// that the README says. `node template.mjs PROGRAM FOLDER`

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const [program, folder] = process.argv.slice(2);
const installed = (path) => fileURLToPath(new URL(`node_modules/${path}`, import.meta.url));
const [appPort, oktaPort] = [await freePort(), await freePort()];

// 3000 and 4000 may be taken on this machine.
const ownPorts = (file) =>
  readFileSync(join(folder, file), 'utf8')
    .replaceAll('127.0.0.1:3000', `127.0.0.1:${appPort}`)
    .replaceAll('localhost:4000', `localhost:${oktaPort}`)
    .replaceAll('--port 4000', `--port ${oktaPort}`);
writeFileSync(join(folder, 'okta.yaml'), ownPorts('okta.yaml'));
const readme = ownPorts('README.md');

const emulate = /^npx .* emulate (start .*)$/m.exec(readme)[1].split(' ');
const standIn = start(installed('node/bin/node'), [installed('emulate/dist/index.js'), ...emulate]);
const app = start(program, [], { LEPTOS_SITE_ADDR: `127.0.0.1:${appPort}`, LEPTOS_OUTPUT_NAME: 'my-app' });

try {
  const [, code] = await line(app, /setup=(\S+)/);
  await Promise.all([line(app, /^Listening on/), line(standIn, /Ready\./)]);

  const [, client_id, client_secret, issuer] = /^\| `(.+)` \| `(.+)` \| `(.+)` \|$/m.exec(readme);
  const unlocked = await send('POST', '/api/okta/setup', { setup: code });
  assert.equal(unlocked.status, 204);
  const cookie = unlocked.headers.get('set-cookie').split(';')[0];
  const connected = await send('PUT', '/api/okta/connections/okta', { client_id, client_secret, issuer }, { cookie });
  const { checks } = await connected.json();
  assert.deepEqual(checks.filter(({ outcome }) => outcome === 'failed'), []);

  const signIn = await send('GET', '/login');
  const authorize = await fetch(signIn.headers.get('location'));
  const people = await authorize.text();
  assert.equal(authorize.status, 200, people);
  assert.match(people, /ada\.lovelace@example\.com/);
  console.log('the app made from template/ connects to its stand-in for Okta');
} finally {
  app.kill();
  standIn.kill();
}

function start(command, args, env = {}) {
  const child = spawn(command, args, { cwd: folder, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  child.lines = [];
  createInterface({ input: child.stdout }).on('line', (text) => {
    child.lines.push(text);
    child.emit('line');
  });
  child.once('exit', () => child.emit('line'));
  return child;
}

/** Waits for a line that matches. */
async function line(child, pattern) {
  for (;;) {
    const found = child.lines.map((text) => pattern.exec(text)).find(Boolean);
    if (found) return found;
    assert.equal(child.exitCode, null, `${child.spawnfile} ended:\n${child.lines.join('\n')}`);
    await once(child, 'line', { signal: AbortSignal.timeout(30_000) });
  }
}

function send(method, path, body, headers = {}) {
  return fetch(`http://127.0.0.1:${appPort}${path}`, {
    method,
    body: body && JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
    redirect: 'manual',
  });
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}
