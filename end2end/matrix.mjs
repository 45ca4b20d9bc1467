// Providers × features, as the tests found them: `node matrix.mjs [--write] REPORT DOCUMENT`, with the report of
// Playwright's JSON reporter. Prints the matrix; fails if a test failed, or if the copy in the document is another one.
// `--write` puts it there.

import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { features } from './features.mjs';

const START = '<!-- matrix: end2end/matrix.mjs writes it -->\n';
const END = '<!-- end of matrix -->';
const FAILED = 'FAILED';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean', default: false } },
});
const [report, document] = positionals;

const tests = allTests(JSON.parse(readFileSync(report, 'utf8')));
const providers = [...new Set(tests.map(({ provider }) => provider))];
const rows = features.map((feature) => [feature, ...providers.map((provider) => cell(feature, provider))]);
const table = markdown([['', ...providers], ...rows]);
console.log(table);

const text = readFileSync(document, 'utf8');
const from = text.indexOf(START) + START.length;
const to = text.indexOf(END);
if (from < START.length || to < from) throw new Error(`${document} has no place for the matrix`);
if (values.write) writeFileSync(document, text.slice(0, from) + table + text.slice(to));
else if (text.slice(from, to) !== table)
  fail(`${document} has another matrix; run: node end2end/matrix.mjs --write ${report} ${document}`);
if (rows.flat().includes(FAILED)) fail('a provider cannot do what it could');

/** The tests of features, of all projects: a project is called after its provider and how it is used. */
function allTests({ suites }) {
  const specs = (suite) => [...(suite.specs ?? []), ...(suite.suites ?? []).flatMap(specs)];
  return suites
    .flatMap(specs)
    .flatMap(({ tests }) =>
      tests.map(({ projectName, annotations, status }) => ({
        provider: projectName.split(',')[0],
        feature: described(annotations, 'feature'),
        instead: described(annotations, 'instead'),
        passed: status === 'expected',
      })),
    )
    .filter(({ feature }) => feature);
}

function described(annotations, wanted) {
  return annotations.find(({ type }) => type === wanted)?.description;
}

function cell(feature, provider) {
  const found = tests.filter((test) => test.feature === feature && test.provider === provider);
  if (found.length === 0) return '–';
  if (found.some(({ passed }) => !passed)) return FAILED;
  return found.find(({ instead }) => instead)?.instead ?? '✓';
}

function markdown([head, ...rows]) {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column].length)));
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |\n`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('');
}

function fail(words) {
  console.error(`error: ${words}`);
  process.exitCode = 1;
}
