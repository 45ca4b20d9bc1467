// Starts `oidc-provider-mock`, of PyPI, for one app; says so in one line on standard output when it is ready, and ends
// with it. `node oidc-provider-mock.mjs [--port 4000] [--app http://127.0.0.1:3000]`

import { spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { origin, port } from './arguments.mjs';
import { claims, people } from './seed.mjs';

// Where scripts/setup --tests puts it.
const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
const command = join(cache, 'leptos_okta/python/bin/oidc-provider-mock');

const users = people.flatMap((person) => ['--user-claims', JSON.stringify(claims(person))]);
const provider = spawn(command, ['--port', String(port), ...users], { stdio: ['ignore', 'ignore', 'pipe'] });

const stop = () => provider.kill('SIGTERM');
process.once('SIGTERM', stop);
process.once('SIGINT', stop);

provider.once('error', (error) => {
  console.error(`oidc-provider-mock is not there (${error.message}); run scripts/setup --tests`);
  process.exit(1);
});
provider.once('exit', (code) => process.exit(code ?? 1));

for await (const line of createInterface({ input: provider.stderr })) {
  console.error(line);
  if (line.includes('Uvicorn running on')) console.log(`oidc-provider-mock is ready: ${origin}`);
}
