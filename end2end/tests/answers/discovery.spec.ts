import type { Answer } from '../../providers/mock.mjs';
import { refusedAtConnect, signsIn, table } from '../../support/answers.ts';
import { ada } from '../../support/provider.ts';

/** The discovery document with these members; `undefined` leaves one out. */
const members = (changes: Record<string, unknown>) => ({
  discovery: ({ body }: Answer) => void Object.assign(body, changes),
});
const answer = (changes: Partial<Answer>) => ({ discovery: (answer: Answer) => void Object.assign(answer, changes) });

const json = { 'content-type': 'application/json' };
const html = { 'content-type': 'text/html' };

table('Discovery §4.3', [
  {
    name: 'another issuer',
    always: members({ issuer: 'https://other.okta.com' }),
    then: refusedAtConnect(/^discovery: .*other\.okta\.com/m),
  },
  { name: 'no issuer', always: members({ issuer: undefined }), then: refusedAtConnect(/issuer/) },
  { name: 'an empty issuer', always: members({ issuer: '' }), then: refusedAtConnect(/issuer/) },
  { name: 'an issuer that is a number', always: members({ issuer: 1 }), then: refusedAtConnect(/issuer/) },
]);

table('Discovery §4.2', [
  { name: 'status 404', always: answer({ status: 404, body: '' }), then: refusedAtConnect(/^issuer: .*404/m) },
  { name: 'status 500', always: answer({ status: 500, body: '' }), then: refusedAtConnect(/^issuer: .*500/m) },
  {
    name: 'status 302',
    always: answer({ status: 302, headers: { location: '/elsewhere' }, body: '' }),
    then: refusedAtConnect(/^issuer: .*redirects/m),
  },
  {
    name: 'HTML',
    always: answer({ headers: html, body: '<h1>Welcome</h1>' }),
    then: refusedAtConnect(/^issuer: .*not a discovery document/m),
  },
  {
    name: 'nothing',
    always: answer({ headers: json, body: '' }),
    then: refusedAtConnect(/^issuer: .*not a discovery document/m),
  },
  { name: 'a list', always: answer({ headers: json, body: [] }), then: refusedAtConnect(/^issuer: /m) },
  {
    name: 'half of the JSON',
    always: answer({ headers: json, body: '{"issuer":"http' }),
    then: refusedAtConnect(/^issuer: .*not a discovery document/m),
  },
  {
    name: 'half of the answer, then nothing',
    always: answer({ broken: true }),
    then: refusedAtConnect(/^issuer: .*was cut off/m),
  },
  {
    name: 'two mebibytes',
    always: members({ padding: 'x'.repeat(2 * 1024 * 1024) }),
    then: refusedAtConnect(/^issuer: .*more than/m),
  },
]);

table('Discovery §3', [
  {
    name: 'no authorization_endpoint',
    always: members({ authorization_endpoint: undefined }),
    then: refusedAtConnect(/authorization_endpoint/),
  },
  {
    name: 'no token_endpoint',
    always: members({ token_endpoint: undefined }),
    then: refusedAtConnect(/token_endpoint/),
  },
  { name: 'an empty token_endpoint', always: members({ token_endpoint: '' }), then: refusedAtConnect(/./) },
  {
    name: 'a token_endpoint without a host',
    always: members({ token_endpoint: '/token' }),
    then: refusedAtConnect(/./),
  },
  {
    name: 'a token_endpoint that is not https',
    always: members({ token_endpoint: 'http://example.com/token' }),
    then: refusedAtConnect(/token_endpoint.*not https/),
  },
  {
    name: 'a token_endpoint that is a file',
    always: members({ token_endpoint: 'file:///etc/passwd' }),
    then: refusedAtConnect(/token_endpoint/),
  },
  {
    name: 'an authorization_endpoint that is a script',
    always: members({ authorization_endpoint: 'javascript:alert(1)' }),
    then: refusedAtConnect(/authorization_endpoint/),
  },
  { name: 'no jwks_uri', always: members({ jwks_uri: undefined }), then: refusedAtConnect(/jwks_uri/) },
  {
    name: 'no response_types_supported',
    always: members({ response_types_supported: undefined }),
    then: refusedAtConnect(/response_types_supported/),
  },
  {
    name: 'no id_token_signing_alg_values_supported',
    always: members({ id_token_signing_alg_values_supported: undefined }),
    then: refusedAtConnect(/id_token_signing_alg_values_supported/),
  },
  {
    name: 'no userinfo_endpoint',
    always: members({ userinfo_endpoint: undefined }),
    then: signsIn({ subject: ada.subject }),
  },
  { name: 'no end_session_endpoint', always: members({ end_session_endpoint: undefined }), then: signsIn() },
  { name: 'an empty userinfo_endpoint', always: members({ userinfo_endpoint: '' }), then: signsIn() },
  { name: 'an empty end_session_endpoint', always: members({ end_session_endpoint: '' }), then: signsIn() },
  { name: 'an empty registration_endpoint', always: members({ registration_endpoint: '' }), then: signsIn() },
  { name: 'an empty service_documentation', always: members({ service_documentation: '' }), then: signsIn() },
  { name: 'an empty op_policy_uri', always: members({ op_policy_uri: '' }), then: signsIn() },
  { name: 'an empty op_tos_uri', always: members({ op_tos_uri: '' }), then: signsIn() },
  { name: 'members that nobody knows', always: members({ foo: { bar: [1, null] } }), then: signsIn() },
  {
    name: 'members that are null',
    always: members({ scopes_supported: null, grant_types_supported: null, claims_supported: null }),
    then: signsIn(),
  },
  {
    name: 'RS256 among algorithms that nobody knows',
    always: members({ id_token_signing_alg_values_supported: ['XX1', 'RS256', 'none'] }),
    then: signsIn(),
  },
  {
    name: 'only HS256',
    always: members({ id_token_signing_alg_values_supported: ['HS256'] }),
    then: refusedAtConnect(/HS256/),
  },
  {
    name: 'only none',
    always: members({ id_token_signing_alg_values_supported: ['none'] }),
    then: refusedAtConnect(/none/),
  },
  {
    name: 'no algorithm at all',
    always: members({ id_token_signing_alg_values_supported: [] }),
    then: refusedAtConnect(/algorithm|sign/),
  },
  {
    name: 'no way of authentication named',
    always: members({ token_endpoint_auth_methods_supported: undefined }),
    then: signsIn(),
  },
  {
    name: 'only client_secret_basic',
    always: members({ token_endpoint_auth_methods_supported: ['client_secret_basic'] }),
    then: signsIn(),
  },
  {
    name: 'only client_secret_post',
    always: members({ token_endpoint_auth_methods_supported: ['client_secret_post'] }),
    then: signsIn(),
  },
  {
    name: 'client_secret_basic among ways that nobody knows',
    always: members({ token_endpoint_auth_methods_supported: ['x', 'client_secret_basic'] }),
    then: signsIn(),
  },
  {
    name: 'only private_key_jwt',
    always: members({ token_endpoint_auth_methods_supported: ['private_key_jwt'] }),
    then: refusedAtConnect(/private_key_jwt/),
  },
  {
    name: 'only client_secret_jwt',
    always: members({ token_endpoint_auth_methods_supported: ['client_secret_jwt'] }),
    then: refusedAtConnect(/client_secret_jwt/),
  },
]);

table('RFC 9126 §5', [
  {
    name: 'pushed authorization requests required',
    always: members({
      require_pushed_authorization_requests: true,
      pushed_authorization_request_endpoint: 'http://localhost/par',
    }),
    then: refusedAtConnect(/[Pp]ushed|PAR|require_pushed_authorization_requests/),
  },
  {
    name: 'pushed authorization requests offered',
    always: members({ require_pushed_authorization_requests: false }),
    then: signsIn(),
  },
]);
