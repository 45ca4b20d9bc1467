import { generateKeyPairSync } from 'node:crypto';
import type { Answer } from '../../providers/mock.mjs';
import { refused, refusedAtConnect, signsIn, table } from '../../support/answers.ts';
import { ada } from '../../support/provider.ts';

type Key = Record<string, unknown>;

/** The keys, otherwise. */
function keys(change: (keys: Key[]) => unknown[]) {
  return { always: { keys: ({ body }: Answer) => void (body.keys = change(body.keys)) } };
}
const changed = (changes: Key) => keys((keys) => keys.map((key) => ({ ...key, ...changes })));
const besides = (...more: Key[]) => keys((keys) => [...more, ...keys]);
const answer = (changes: Partial<Answer>) => ({ keys: (answer: Answer) => void Object.assign(answer, changes) });

const json = { 'content-type': 'application/json' };
const publicKey = (kind: 'rsa' | 'ec') =>
  (kind === 'rsa'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  ).publicKey.export({ format: 'jwk' });
const rsa = publicKey('rsa') as Key;
const ec = publicKey('ec') as Key;

const idToken = /the ID token was rejected/;
const endpoints = /^endpoints: .*keys/m;

table('RFC 7517 §4', [
  { name: 'no use', ...changed({ use: undefined }), then: signsIn({ subject: ada.subject }) },
  { name: 'no alg', ...changed({ alg: undefined }), then: signsIn() },
  { name: 'use sig', ...changed({ use: 'sig' }), then: signsIn() },
  { name: 'use enc', ...changed({ use: 'enc' }), then: refusedAtConnect(endpoints) },
  { name: 'key_ops verify', ...changed({ key_ops: ['verify'] }), then: signsIn() },
  { name: 'an alg that is not the token’s', ...changed({ alg: 'RS512' }), then: refused(idToken) },
  { name: 'no kid at the key, one in the token', ...changed({ kid: undefined }), then: refused(idToken) },
  { name: 'a certificate beside it', ...changed({ x5c: ['AAAA'], x5t: 'AAAA' }), then: signsIn() },
  { name: 'members that nobody knows', ...changed({ foo: { bar: [1, null] } }), then: signsIn() },
]);

table('RFC 7517 §5', [
  { name: 'another key before it', ...besides({ ...rsa, kid: 'another', use: 'sig', alg: 'RS256' }), then: signsIn() },
  {
    name: 'a key of another kind before it',
    ...besides({ ...ec, kid: 'another', use: 'sig', alg: 'ES256' }),
    then: signsIn(),
  },
  {
    name: 'a key for encryption before it',
    ...besides({ ...rsa, kid: 'another', use: 'enc', alg: 'RSA-OAEP' }),
    then: signsIn(),
  },
  { name: 'a key of a kind that nobody knows before it', ...besides({ kty: 'XX', kid: 'another' }), then: signsIn() },
  {
    name: 'a key of a curve that nobody knows before it',
    ...besides({ kty: 'EC', crv: 'P-999', x: 'AAAA', y: 'AAAA', kid: 'another' }),
    then: signsIn(),
  },
  { name: 'a key without its numbers before it', ...besides({ kty: 'RSA', kid: 'another' }), then: signsIn() },
  {
    name: 'a key whose numbers are none before it',
    ...besides({ kty: 'RSA', n: '!', e: '!', kid: 'another' }),
    then: signsIn(),
  },
  { name: 'a secret key before it', ...besides({ kty: 'oct', k: 'AAAA', kid: 'another' }), then: signsIn() },
  {
    name: 'fifty keys before it',
    ...besides(...Array.from({ length: 50 }, (_, n) => ({ ...rsa, kid: `another-${n}` }))),
    then: signsIn(),
  },
  {
    name: 'only a secret key',
    ...keys(() => [{ kty: 'oct', k: 'AAAA', kid: 'another' }]),
    then: refusedAtConnect(endpoints),
  },
  {
    name: 'only a key of a kind that nobody knows',
    ...keys(() => [{ kty: 'XX', kid: 'another' }]),
    then: refusedAtConnect(endpoints),
  },
  { name: 'no key', ...keys(() => []), then: refusedAtConnect(endpoints) },
  { name: 'no list of keys', always: answer({ headers: json, body: {} }), then: refusedAtConnect(endpoints) },
  {
    name: 'a list that is none',
    always: answer({ headers: json, body: { keys: 'none' } }),
    then: refusedAtConnect(endpoints),
  },
  {
    name: 'the keys of somebody else',
    ...keys(() => [{ ...rsa, kid: 'another', use: 'sig', alg: 'RS256' }]),
    then: refused(idToken),
  },
  {
    name: 'another key by the same kid',
    ...keys(([key]) => [{ ...rsa, kid: key!.kid, use: 'sig', alg: 'RS256' }]),
    then: refused(idToken),
  },
]);

table('Discovery §3, jwks_uri', [
  { name: 'status 404', always: answer({ status: 404, body: '' }), then: refusedAtConnect(/^endpoints: .*404/m) },
  { name: 'status 500', always: answer({ status: 500, body: '' }), then: refusedAtConnect(/^endpoints: .*500/m) },
  {
    name: 'status 302',
    always: answer({ status: 302, headers: { location: '/elsewhere' }, body: '' }),
    then: refusedAtConnect(/^endpoints: .*302/m),
  },
  { name: 'HTML', always: answer({ body: '<h1>Welcome</h1>' }), then: refusedAtConnect(endpoints) },
  {
    name: 'half of the answer, then nothing',
    always: answer({ broken: true }),
    then: refusedAtConnect(/^endpoints: .*was cut off/m),
  },
  {
    name: 'two mebibytes',
    ...changed({ padding: 'x'.repeat(2 * 1024 * 1024) }),
    then: refusedAtConnect(/^endpoints: .*more than/m),
  },
]);
