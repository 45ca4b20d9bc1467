// Makes the site that the server serves of what was packed: node scripts/site.mjs PACKED NAME SITE
// As cargo-leptos does with `hash-files` and `--precompress`, each name has a hash of the content, so that browsers keep
// the file for good, and the compressed file is beside it. hash.txt tells the server the hashes.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const [packed, name, site] = process.argv.slice(2);
const pkg = join(site, 'pkg');
mkdirSync(pkg, { recursive: true });
const others = new Set(readdirSync(packed));
const former = new Set(readdirSync(pkg));

let hashes = '';
for (const [kind, source] of [
    ['js', `${name}.js`],
    ['wasm', `${name}_bg.wasm`],
    ['css', `${name}.css`],
]) {
    const content = readFileSync(join(packed, source));
    // As long as cargo-leptos makes it: by that, the server knows that a name has a hash (server/src/site.rs).
    const hash = createHash('sha256').update(content).digest('base64url').slice(0, 22);
    const file = `${name}.${hash}.${kind}`;
    const brotli = brotliCompressSync(content); // its default quality is the highest, 11
    const gzip = gzipSync(content, { level: 9 });
    for (const [ending, bytes] of [['', content], ['.br', brotli], ['.gz', gzip]]) {
        put(join(pkg, file + ending), bytes);
        former.delete(file + ending);
    }
    hashes += `${kind}: ${hash}\n`;
    others.delete(source);
    if (kind === 'wasm') report(content, brotli);
}
// Snippets, which the JavaScript imports by their own names.
for (const other of others) {
    cpSync(join(packed, other), join(pkg, other), { recursive: true });
    former.delete(other);
}
// Only now does a server that is running name the new files.
put(join(site, 'hash.txt'), Buffer.from(hashes));
for (const file of former) rmSync(join(pkg, file), { recursive: true });

// In one step: a server may be reading, and browsers keep what they get for good.
function put(path, bytes) {
    if (existsSync(path) && readFileSync(path).equals(bytes)) return;
    writeFileSync(`${path}.new`, bytes);
    renameSync(`${path}.new`, path);
}

function report(wasm, brotli) {
    const kib = bytes => (bytes.length / 1024).toFixed(1);
    console.log(`==> wasm of ${name}: ${kib(wasm)} KiB raw, ${kib(brotli)} KiB brotli ` +
        `(the bare Leptos start template: 96 KiB brotli)`);
}
