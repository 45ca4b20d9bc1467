// Opens the first page of each app that bench/pages has built, in Chromium: when it was shown, when it could be used, what was
// sent, and whether anything moved meanwhile. `node bench/page.mjs TIMES FILE` writes that to the file as tables.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const { chromium } = createRequire(new URL('../end2end/package.json', import.meta.url))('@playwright/test');
const [times, file] = process.argv.slice(2);
const pages = fileURLToPath(new URL('../target/pages', import.meta.url));

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
            shown: paint?.startTime ?? NaN,
            usable: window.hydrated,
            sent: Object.fromEntries(entries.map(({ name, encodedBodySize }) => [new URL(name).pathname, encodedBodySize])),
            moved: window.moved,
        };
    });
}

function freePort() {
    return new Promise(resolve => {
        const server = createServer().listen(0, '127.0.0.1', () => {
            const { port } = server.address();
            server.close(() => resolve(port));
        });
    });
}

/** Starts the app of that name, which keeps its database in the folder. */
async function start(name, folder) {
    const site = join(pages, name);
    const script = readdirSync(join(site, 'pkg')).find(file => file.endsWith('.js'));
    const address = `127.0.0.1:${await freePort()}`;
    const env = {
        LEPTOS_OUTPUT_NAME: script.replace('.js', ''),
        LEPTOS_SITE_ADDR: address,
        LEPTOS_SITE_ROOT: site,
        RUST_LOG: 'warn',
    };
    const server = spawn(join(site, 'server'), { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface(server.stdout)) {
        if (line.startsWith('Listening')) return { server, url: `http://${address}/` };
    }
    throw new Error(`${name} ended`);
}

/** What was seen with an empty cache and with a filled one, each so many times. */
async function seen(browser, url, conditions) {
    const [empty, filled] = [[], []];
    for (let time = 0; time < Number(times); time++) {
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
    return { empty, filled };
}

const median = values => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const kib = bytes => Math.round((bytes / 1024) * 10) / 10;

const page = {
    columns: ['Page', 'Network', 'Cache', 'First paint, ms', 'Can be used after, ms', 'Layout shift'],
    rows: [],
};
const files = { columns: ['Page', 'File', 'KiB', 'KiB sent'], rows: [] };

async function measure(browser, name) {
    const folder = mkdtempSync(join(tmpdir(), 'page-'));
    const { server, url } = await start(name, folder);
    try {
        for (const [network, conditions] of Object.entries(networks)) {
            const { empty, filled } = await seen(browser, url, conditions);
            for (const [cache, all] of [['empty', empty], ['filled', filled]]) {
                const [shown, usable] = ['shown', 'usable'].map(what => Math.round(median(all.map(it => it[what]))));
                page.rows.push([name, network, cache, shown, usable, Math.max(...all.map(({ moved }) => moved))]);
            }
            if (conditions) continue;
            for (const [path, bytes] of Object.entries(empty[0].sent)) {
                const { size } = statSync(join(pages, name, path), { throwIfNoEntry: false }) ?? {};
                const isFile = path.startsWith('/pkg/');
                files.rows.push([name, `\`${path}\``, isFile ? kib(size) : null, kib(bytes)]);
            }
        }
        files.rows.push([name, 'the server, stripped', kib(statSync(join(pages, name, 'server')).size), null]);
    } finally {
        server.kill();
        rmSync(folder, { recursive: true });
    }
}

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell';
const browser = await chromium.launch({ executablePath });
try {
    for (const name of ['start template', 'the same with the plugin', 'islands, with the plugin']) {
        console.error(name);
        await measure(browser, name);
    }
} finally {
    await browser.close();
}
writeFileSync(file, JSON.stringify({ page, files }));
