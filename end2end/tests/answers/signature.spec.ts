import { generateKeyPairSync } from 'node:crypto';
import type { Answer, Mock } from '../../providers/mock.mjs';
import { client } from '../../providers/seed.mjs';
import { refused, signsIn, table } from '../../support/answers.ts';
import { Jws, pem } from '../../support/jws.ts';
import { ada, grace } from '../../support/provider.ts';

/** The ID token after it was signed. */
const signed = (change: (jws: Jws, mock: Mock) => string) => ({
  token: ({ body }: Answer, mock: Mock) => void (body.id_token = change(new Jws(body.id_token), mock)),
});

/** The ID token's text. */
const text = (change: (token: string) => unknown) => ({
  token: ({ body }: Answer) => void (body.id_token = change(body.id_token)),
});

const own = (mock: Mock) => mock.issuer.keys.toJSON(true)[0]!;
const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ format: 'jwk' });
const publicHalf = ({ kty, n, e }: { kty?: string; n?: string; e?: string }) => ({ kty, n, e });

const idToken = /the ID token was rejected/;

table('Core §3.1.3.7, RFC 8725 §3.1 and §3.2', [
  {
    name: 'signed anew by the same key',
    bend: signed((jws, mock) => jws.signedBy(own(mock))),
    then: signsIn({ subject: ada.subject }),
  },
  {
    name: 'signed by nobody',
    bend: signed((jws) => Object.assign(jws, { header: { alg: 'none' }, signature: '' }).compact),
    then: refused(idToken),
  },
  {
    name: 'signed by nobody, in other letters',
    bend: signed((jws) => Object.assign(jws, { header: { alg: 'nOnE' }, signature: '' }).compact),
    then: refused(idToken),
  },
  {
    name: 'said to be signed by nobody, with a signature',
    bend: signed((jws) => Object.assign(jws, { header: { alg: 'none' } }).compact),
    then: refused(idToken),
  },
  {
    name: 'HS256 with the public key as secret',
    bend: signed((jws, mock) => {
      jws.header.alg = 'HS256';
      return jws.signedWithSecret(pem(own(mock)));
    }),
    then: refused(idToken),
  },
  {
    name: 'HS256 with the client secret, which was not agreed on',
    bend: signed((jws) => {
      jws.header = { alg: 'HS256' };
      return jws.signedWithSecret(client.secret);
    }),
    then: refused(idToken),
  },
  {
    name: 'an algorithm that discovery does not name',
    bend: signed((jws, mock) => {
      jws.header.alg = 'RS384';
      return jws.signedBy(own(mock), 'sha384');
    }),
    then: refused(idToken),
  },
  {
    name: 'an algorithm that nobody knows',
    bend: signed((jws) => Object.assign(jws, { header: { ...jws.header, alg: 'XX256' } }).compact),
    then: refused(idToken),
  },
  {
    name: 'no algorithm',
    bend: signed((jws) => Object.assign(jws, { header: { kid: jws.header.kid } }).compact),
    then: refused(idToken),
  },
]);

table('RFC 7515 §5.2', [
  {
    name: 'no signature',
    bend: signed((jws) => Object.assign(jws, { signature: '' }).compact),
    then: refused(idToken),
  },
  {
    name: 'half a signature',
    bend: signed((jws) => Object.assign(jws, { signature: jws.signature.slice(0, 170) }).compact),
    then: refused(idToken),
  },
  {
    name: 'a signature of zeros',
    bend: signed((jws) => Object.assign(jws, { signature: 'A'.repeat(342) }).compact),
    then: refused(idToken),
  },
  {
    name: 'the signature of another content',
    bend: signed((jws) => Object.assign(jws, { payload: { ...(jws.payload as object), sub: grace.subject } }).compact),
    then: refused(idToken),
  },
  { name: 'the signature of another key', bend: signed((jws) => jws.signedBy(foreign)), then: refused(idToken) },
  { name: 'two parts', bend: text((token) => token.split('.').slice(0, 2).join('.')), then: refused(idToken) },
  { name: 'four parts', bend: text((token) => `${token}.AAAA`), then: refused(idToken) },
  { name: 'five parts, as if it were encrypted', bend: text((token) => `${token}.AAAA.AAAA`), then: refused(idToken) },
  { name: 'padding', bend: text((token) => token.replace('.', '==.')), then: refused(idToken) },
  { name: 'a line break', bend: text((token) => `${token}\n`), then: refused(idToken) },
  { name: 'no base64', bend: text((token) => token.replace('.', '!.')), then: refused(idToken) },
  { name: 'a header that is no JSON', bend: text((token) => token.replace(/^[^.]+/, 'AAAA')), then: refused(idToken) },
  {
    name: 'a content that is no JSON',
    bend: signed((jws, mock) => Object.assign(jws, { payload: 'sub=ada' }).signedBy(own(mock))),
    then: refused(idToken),
  },
  {
    name: 'a content that is a list',
    bend: signed((jws, mock) => Object.assign(jws, { payload: '[]' }).signedBy(own(mock))),
    then: refused(idToken),
  },
  { name: 'an empty text', bend: text(() => ''), then: refused(idToken) },
  { name: 'a number', bend: text(() => 1), then: refused(/token endpoint/) },
  { name: 'null', bend: text(() => null), then: refused(idToken) },
  { name: 'an object', bend: text(() => ({})), then: refused(/token endpoint/) },
]);

/** The header of the ID token, signed as it should be. */
const header = (changes: Record<string, unknown>) => ({
  idToken: (token: { header: Record<string, unknown> }) => void Object.assign(token.header, changes),
});

table('RFC 7515 §4', [
  { name: 'no typ', bend: header({ typ: undefined }), then: signsIn() },
  { name: 'a kid that is unknown', bend: header({ kid: 'made-up' }), then: refused(idToken) },
  {
    name: 'a kid that is a number',
    bend: signed((jws, mock) => Object.assign(jws, { header: { alg: 'RS256', kid: 1 } }).signedBy(own(mock))),
    then: refused(idToken),
  },
  { name: 'no kid where there is one key', bend: header({ kid: undefined }), then: signsIn() },
  { name: 'a jku, which is not followed', bend: header({ jku: 'https://example.com/keys' }), then: signsIn() },
  {
    name: 'a crit that nobody understands',
    bend: signed((jws, mock) =>
      Object.assign(jws, { header: { ...jws.header, crit: ['exp-strict'], 'exp-strict': true } }).signedBy(own(mock)),
    ),
    then: refused(idToken),
  },
  {
    name: 'a key that it brings itself',
    bend: signed((jws) => Object.assign(jws, { header: { alg: 'RS256', jwk: publicHalf(foreign) } }).signedBy(foreign)),
    then: refused(idToken),
  },
]);

table('RFC 7518 §3.3', [
  {
    name: 'an RSA key of 1024 bits',
    always: {
      keys: ({ body }) => void (body.keys = [{ ...publicHalf(short), use: 'sig', alg: 'RS256', kid: 'short' }]),
    },
    bend: signed((jws) => Object.assign(jws, { header: { alg: 'RS256', kid: 'short' } }).signedBy(short)),
    then: refused(idToken),
  },
]);
