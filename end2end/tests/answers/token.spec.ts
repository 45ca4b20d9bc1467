import type { Answer } from '../../providers/mock.mjs';
import { page, refused, signsIn, table, unreachable } from '../../support/answers.ts';
import { ada } from '../../support/provider.ts';

/** The token endpoint's answer with these members; `undefined` leaves one out. */
const members = (changes: Record<string, unknown>) => ({
  token: ({ body }: Answer) => void Object.assign(body, changes),
});

/** The token endpoint's answer, otherwise. */
const answer = (changes: Partial<Answer>) => ({ token: (answer: Answer) => void Object.assign(answer, changes) });

/** The same tokens, said to be of another type. */
const contentType = (type: string) => ({ token: ({ headers }: Answer) => void (headers['content-type'] = type) });

const json = { 'content-type': 'application/json' };
const html = { 'content-type': 'text/html' };
const sorry = '<!doctype html><title>502</title><h1>Bad gateway</h1>';

const endpoint = /the token endpoint failed/;
const code = /the token endpoint rejected the code/;
/** Whatever is said of it, it is no ID token that somebody has forged. */
const noTokens = /token endpoint|the ID token was rejected/;

table('RFC 6749 §5.1', [
  { name: 'an answer as it comes', then: signsIn({ subject: ada.subject }) },
  { name: 'token_type in small letters', bend: members({ token_type: 'bearer' }), then: signsIn() },
  { name: 'token_type in capitals', bend: members({ token_type: 'BEARER' }), then: signsIn() },
  { name: 'no token_type', bend: members({ token_type: undefined }), then: refused(noTokens) },
  { name: 'a token_type that is a number', bend: members({ token_type: 1 }), then: refused(noTokens) },
  { name: 'no access_token', bend: members({ access_token: undefined }), then: refused(noTokens) },
  { name: 'an access_token that is a number', bend: members({ access_token: 1 }), then: refused(noTokens) },
  { name: 'no expires_in', bend: members({ expires_in: undefined }), then: signsIn() },
  { name: 'an expires_in of nought', bend: members({ expires_in: 0 }), then: signsIn() },
  { name: 'no scope', bend: members({ scope: undefined }), then: signsIn() },
  { name: 'a smaller scope', bend: members({ scope: 'openid' }), then: signsIn() },
  { name: 'no refresh_token', bend: members({ refresh_token: undefined }), then: signsIn() },
  { name: 'members that nobody knows', bend: members({ foo: { bar: [1, null] } }), then: signsIn() },
  { name: 'JSON with its charset', bend: contentType('application/json; charset=utf-8'), then: signsIn() },
  { name: 'JSON said in capitals', bend: contentType('Application/JSON'), then: signsIn() },
  { name: 'JSON said to be HTML', bend: contentType('text/html'), then: refused(noTokens) },
  { name: 'JSON said to be a token', bend: contentType('application/jwt'), then: refused(noTokens) },
]);

table('RFC 6749 §7.1', [
  { name: 'token_type mac', bend: members({ token_type: 'mac' }), then: refused(noTokens) },
  { name: 'token_type DPoP, which was not asked for', bend: members({ token_type: 'DPoP' }), then: refused(noTokens) },
  { name: 'an empty token_type', bend: members({ token_type: '' }), then: refused(noTokens) },
]);

table('Core §3.1.3.3', [
  { name: 'no id_token', bend: members({ id_token: undefined }), then: refused(/doesn't contain one/) },
]);

table('RFC 6749 §5.2', [
  {
    name: 'invalid_grant',
    bend: answer({ status: 400, headers: json, body: { error: 'invalid_grant' } }),
    then: refused(code),
  },
  {
    name: 'invalid_client',
    bend: answer({ status: 401, headers: json, body: { error: 'invalid_client' } }),
    then: refused(code),
  },
  {
    name: 'an error that nobody knows',
    bend: answer({ status: 400, headers: json, body: { error: 'no_luck' } }),
    then: refused(code),
  },
  {
    name: 'an error with a description in HTML',
    bend: answer({
      status: 400,
      headers: json,
      body: { error: 'invalid_grant', error_description: '<script>alert(1)</script>' },
    }),
    then: refused(code),
  },
  {
    name: 'an error said to be HTML',
    bend: answer({ status: 400, headers: html, body: { error: 'invalid_grant' } }),
    then: refused(code),
  },
  {
    name: 'an error that is a number',
    bend: answer({ status: 400, headers: json, body: { error: 7 } }),
    then: refused(noTokens),
  },
  { name: 'status 400 with nothing', bend: answer({ status: 400, body: '' }), then: refused(noTokens) },
  {
    name: 'status 400 with HTML',
    bend: answer({ status: 400, headers: html, body: sorry }),
    then: refused(noTokens),
  },
  {
    name: 'an error with status 200',
    bend: answer({ headers: json, body: { error: 'invalid_grant' } }),
    then: refused(noTokens),
  },
]);

// An answer of these classes says nothing of the code, the client, or the ID token.
table('RFC 9110 §15', [
  { name: 'status 500 with nothing', bend: answer({ status: 500, body: '' }), then: unreachable(endpoint) },
  {
    name: 'status 500 with HTML',
    bend: answer({ status: 500, headers: html, body: sorry }),
    then: unreachable(endpoint),
  },
  {
    name: 'status 500 with JSON',
    bend: answer({ status: 500, headers: json, body: { message: 'sorry' } }),
    then: unreachable(endpoint),
  },
  {
    name: 'status 500 with an error of its own',
    bend: answer({ status: 500, headers: json, body: { error: 'server_error' } }),
    then: unreachable(/token endpoint/),
  },
  { name: 'status 500 with the right tokens', bend: answer({ status: 500 }), then: unreachable(endpoint) },
  {
    name: 'status 502 with HTML',
    bend: answer({ status: 502, headers: html, body: sorry }),
    then: unreachable(endpoint),
  },
  {
    name: 'status 503 with HTML',
    bend: answer({ status: 503, headers: html, body: sorry }),
    then: unreachable(endpoint),
  },
  {
    name: 'status 429',
    bend: answer({ status: 429, headers: { 'retry-after': '60' }, body: '' }),
    then: unreachable(endpoint),
  },
  { name: 'status 404', bend: answer({ status: 404, body: '' }), then: refused(noTokens) },
  {
    name: 'status 302 to somewhere else',
    bend: answer({ status: 302, headers: { location: '/elsewhere' }, body: '' }),
    then: refused(noTokens),
  },
  {
    name: 'status 307 to itself',
    bend: answer({ status: 307, headers: { location: '/token' }, body: '' }),
    then: refused(noTokens),
  },
]);

table('RFC 8259 §2', [
  { name: 'status 200 with nothing', bend: answer({ headers: json, body: '' }), then: refused(noTokens) },
  { name: 'status 200 with HTML', bend: answer({ headers: html, body: sorry }), then: refused(noTokens) },
  { name: 'HTML said to be JSON', bend: answer({ headers: json, body: sorry }), then: refused(noTokens) },
  {
    name: 'half of the JSON',
    bend: answer({ headers: json, body: '{"access_token":"a","token_ty' }),
    then: refused(noTokens),
  },
  {
    name: 'letters of no charset',
    bend: answer({ headers: json, body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]) }),
    then: refused(noTokens),
  },
  { name: 'a list', bend: answer({ headers: json, body: [] }), then: refused(noTokens) },
  { name: 'null', bend: answer({ headers: json, body: 'null' }), then: refused(noTokens) },
  { name: 'a text', bend: answer({ headers: json, body: '"tokens"' }), then: refused(noTokens) },
  { name: 'an object with nothing in it', bend: answer({ headers: json, body: {} }), then: refused(noTokens) },
  {
    name: 'two mebibytes',
    bend: members({ padding: 'x'.repeat(2 * 1024 * 1024) }),
    then: unreachable(/sent more than/),
  },
  { name: 'half of the answer, then nothing', bend: answer({ broken: true }), then: unreachable(/was cut off/) },
]);

/** How the browser comes back. */
const callback = (change: (parameters: URLSearchParams) => void) => ({
  callback: ({ searchParams }: URL) => change(searchParams),
});
const error = (code: string, description?: string) =>
  callback((parameters) => {
    parameters.delete('code');
    parameters.set('error', code);
    if (description !== undefined) parameters.set('error_description', description);
  });

const notCompleted = 'Sign-in was not completed';

table('RFC 6749 §4.1.2', [
  {
    name: 'a parameter that nobody knows',
    bend: callback((parameters) => parameters.set('session_state', 'x.y')),
    then: signsIn(),
  },
  {
    name: 'no code',
    bend: callback((parameters) => parameters.delete('code')),
    then: page(400, notCompleted, /neither code nor error/),
  },
  {
    name: 'a code twice',
    bend: callback((parameters) => parameters.append('code', 'b')),
    then: page(400, notCompleted, /code/),
  },
  {
    name: 'a state twice',
    bend: callback((parameters) => parameters.append('state', 'b')),
    then: page(400, notCompleted, /state/),
  },
  {
    name: 'another state',
    bend: callback((parameters) => parameters.set('state', 'b')),
    then: page(400, notCompleted, /./),
  },
  {
    name: 'another code',
    bend: callback((parameters) => parameters.set('code', 'b')),
    then: refused(/the token endpoint|nonce/),
  },
]);

table('RFC 6749 §4.1.2.1', [
  { name: 'access_denied', bend: error('access_denied'), then: page(403, 'Okta refused the sign-in', /access_denied/) },
  {
    name: 'server_error',
    bend: error('server_error'),
    then: page(503, "Okta can't sign you in right now", /server_error/),
  },
  {
    name: 'temporarily_unavailable',
    bend: error('temporarily_unavailable'),
    then: page(503, "Okta can't sign you in right now", /temporarily_unavailable/),
  },
  { name: 'invalid_scope', bend: error('invalid_scope'), then: page(502, notCompleted, /invalid_scope/) },
  { name: 'an error that nobody knows', bend: error('no_luck', '<script>'), then: page(502, notCompleted, /no_luck/) },
  {
    name: 'an error beside a code',
    bend: callback((parameters) => parameters.set('error', 'access_denied')),
    then: page(403, 'Okta refused the sign-in', /access_denied/),
  },
]);

table('Core §3.1.2.6', [
  {
    name: 'login_required',
    bend: error('login_required'),
    then: page(403, 'Okta needs you to sign in there first', /login_required/),
  },
  {
    name: 'consent_required',
    bend: error('consent_required'),
    then: page(403, 'Okta needs you to sign in there first', /consent_required/),
  },
]);

table('RFC 9207 §2.4', [
  {
    name: 'an iss that is another',
    bend: callback((parameters) => parameters.set('iss', 'https://other.okta.com')),
    then: refused(/issuer/),
  },
  { name: 'an iss that is empty', bend: callback((parameters) => parameters.set('iss', '')), then: refused(/issuer/) },
  {
    name: 'no iss where discovery promises one',
    always: { discovery: ({ body }) => void (body.authorization_response_iss_parameter_supported = true) },
    then: refused(/issuer/),
  },
]);
