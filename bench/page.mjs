// Opens the first page of the reference app in Chromium and prints, as JSON, when it was shown, when it could be used,
// how much was sent, and whether anything moved meanwhile. Builds nothing: `scripts/build --release` does.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const { chromium } = createRequire(new URL('../end2end/package.json', import.meta.url))('@playwright/test');
const times = Number(process.argv[2] ?? 5);
const top = fileURLToPath(new URL('..', import.meta.url));

const networks = {
    'this machine': null,
    // As Lighthouse has it.
    'slow 4G': { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 0.75e6 / 8 },
};

/** Runs in every page before its own scripts. */
function watch() {
    window.moved = 0;
    new PerformanceObserver(list => {
        for (const { value } of list.getEntries()) window.moved += value;
    }).observe({ type: 'layout-shift', buffered: true });
    const instantiate = WebAssembly.instantiateStreaming;
    WebAssembly.instantiateStreaming = async (...source) => {
        const result = await instantiate(...source);
        // The page's script hydrates as soon as it has the result.
        requestAnimationFrame(() => requestAnimationFrame(() => (window.hydrated = performance.now())));
        return result;
    };
}

async function open(page, url) {
    await page.goto(url);
    await page.waitForFunction(() => window.hydrated);
    return page.evaluate(() => {
        const entries = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
        const [paint] = performance.getEntriesByName('first-contentful-paint');
        return {
            shown: paint?.startTime,
            usable: window.hydrated,
            sent: entries.reduce((sum, { transferSize }) => sum + transferSize, 0) / 1024,
            moved: window.moved,
        };
    });
}

const median = values => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const row = (network, cache, seen) => ({
    network,
    cache,
    'first paint in ms': Math.round(median(seen.map(({ shown }) => shown))),
    'can be used after ms': Math.round(median(seen.map(({ usable }) => usable))),
    'KiB sent': Math.round(median(seen.map(({ sent }) => sent)) * 10) / 10,
    'layout shift': Math.max(...seen.map(({ moved }) => moved)),
});

function freePort() {
    return new Promise(resolve => {
        const server = createServer().listen(0, '127.0.0.1', () => {
            const { port } = server.address();
            server.close(() => resolve(port));
        });
    });
}

async function start(folder) {
    const port = await freePort();
    const server = spawn(join(top, 'target/release/server'), {
        env: {
            LEPTOS_SITE_ADDR: `127.0.0.1:${port}`,
            LEPTOS_SITE_ROOT: join(top, 'target/site'),
            OKTA_DATABASE_URL: `sqlite:${join(folder, 'okta.db')}`,
            RUST_LOG: 'warn',
        },
        stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface(server.stdout)) {
        if (line.startsWith('Listening')) return { server, url: `http://127.0.0.1:${port}/` };
    }
    throw new Error('the server ended');
}

const folder = mkdtempSync(join(tmpdir(), 'page-'));
const { server, url } = await start(folder);
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell';
const browser = await chromium.launch({ executablePath });
try {
    const rows = [];
    for (const [network, conditions] of Object.entries(networks)) {
        const [empty, filled] = [[], []];
        for (let time = 0; time < times; time++) {
            const context = await browser.newContext();
            await context.addInitScript(watch);
            const page = await context.newPage();
            if (conditions) {
                const devtools = await context.newCDPSession(page);
                await devtools.send('Network.emulateNetworkConditions', conditions);
            }
            empty.push(await open(page, url));
            filled.push(await open(page, url));
            await context.close();
        }
        rows.push(row(network, 'empty', empty), row(network, 'filled', filled));
    }
    console.log(JSON.stringify(rows));
} finally {
    await browser.close();
    server.kill();
    rmSync(folder, { recursive: true });
}
