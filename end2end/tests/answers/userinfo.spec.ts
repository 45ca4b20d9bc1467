import type { Answer, Bend, Mock } from '../../providers/mock.mjs';
import { client } from '../../providers/seed.mjs';
import { refused, signsIn, table } from '../../support/answers.ts';
import { Jws } from '../../support/jws.ts';
import { ada, grace } from '../../support/provider.ts';

/** A thin ID token, so that userinfo is asked, and what that answers. */
const thin = (userinfo: Bend['userinfo']): Bend => ({
  idToken: ({ payload }) => {
    for (const name of ['name', 'email', 'groups', 'preferred_username']) delete payload[name];
  },
  userinfo,
});
const claims = (changes: Record<string, unknown>) => thin(({ body }) => void Object.assign(body, changes));
const answer = (changes: Partial<Answer>) => thin((answer) => void Object.assign(answer, changes));

/** Userinfo as a signed token. */
const signed = (changes: Record<string, unknown>, compact = (jws: Jws) => jws.compact) =>
  thin(async (answer: Answer, { issuer }: Mock) => {
    const { iss, ...userinfo } = { iss: issuer.url, aud: client.id, ...answer.body, ...changes };
    const token = await issuer.buildToken({
      scopesOrTransform: (_header, payload) => void Object.assign(payload, userinfo, { iss }),
    });
    answer.headers['content-type'] = 'application/jwt';
    answer.body = compact(new Jws(token));
  });

const json = { 'content-type': 'application/json' };
const html = { 'content-type': 'text/html' };
const userinfo = /userinfo/;

table('Core §5.3.2', [
  {
    name: 'what the ID token leaves out',
    bend: claims({}),
    then: signsIn({ name: ada.name, email: ada.email, groups: ada.groups }),
  },
  { name: 'somebody else', bend: claims({ sub: grace.subject }), then: refused(userinfo) },
  { name: 'somebody in other letters', bend: claims({ sub: ada.subject.toUpperCase() }), then: refused(userinfo) },
  { name: 'nobody', bend: claims({ sub: undefined }), then: refused(userinfo) },
  { name: 'a sub that is a number', bend: claims({ sub: 7 }), then: refused(userinfo) },
  { name: 'claims that are null', bend: claims({ name: null, email: null }), then: signsIn({ subject: ada.subject }) },
  {
    name: 'an email_verified that is text',
    bend: claims({ email_verified: 'true' }),
    then: signsIn({ name: ada.name }),
  },
  {
    name: 'an updated_at that is a date',
    bend: claims({ updated_at: '2026-01-02T03:04:05Z' }),
    then: signsIn({ name: ada.name }),
  },
  {
    name: 'an address that is text',
    bend: claims({ address: '12 St James’s Square' }),
    then: signsIn({ name: ada.name }),
  },
  { name: 'a name that is a number', bend: claims({ name: 7 }), then: signsIn({ email: ada.email }) },
  {
    name: 'JSON with its charset',
    bend: answer({ headers: { 'content-type': 'application/json; charset=utf-8' } }),
    then: signsIn({ name: ada.name }),
  },
  { name: 'signed', bend: signed({}), then: signsIn({ name: ada.name, email: ada.email }) },
  { name: 'signed for somebody else', bend: signed({ aud: 'somebody-else' }), then: refused(userinfo) },
  { name: 'signed by somebody else’s word', bend: signed({ iss: 'https://other.okta.com' }), then: refused(userinfo) },
  { name: 'signed, about somebody else', bend: signed({ sub: grace.subject }), then: refused(userinfo) },
  {
    name: 'signed by nobody',
    bend: signed({}, (jws) => Object.assign(jws, { header: { alg: 'none' }, signature: '' }).compact),
    then: refused(userinfo),
  },
  {
    name: 'signed, then changed',
    bend: signed({}, (jws) => Object.assign(jws, { payload: { ...(jws.payload as object), name: 'Mallory' } }).compact),
    then: refused(userinfo),
  },
]);

// Who somebody is, the ID token says; without userinfo they are signed in with what that holds, as without groups.
table('Core §5.3.3', [
  {
    name: 'status 401',
    bend: answer({ status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' }, body: '' }),
    then: signsIn({ subject: ada.subject }),
  },
  {
    name: 'status 403',
    bend: answer({ status: 403, headers: json, body: { error: 'insufficient_scope' } }),
    then: signsIn({ subject: ada.subject }),
  },
  { name: 'status 404', bend: answer({ status: 404, body: '' }), then: signsIn({ subject: ada.subject }) },
  { name: 'status 500 with nothing', bend: answer({ status: 500, body: '' }), then: signsIn({ subject: ada.subject }) },
  {
    name: 'status 500 with HTML',
    bend: answer({ status: 500, headers: html, body: '<h1>sorry</h1>' }),
    then: signsIn({ subject: ada.subject }),
  },
  { name: 'status 503', bend: answer({ status: 503, body: '' }), then: signsIn({ subject: ada.subject }) },
  { name: 'half of the answer, then nothing', bend: answer({ broken: true }), then: signsIn({ subject: ada.subject }) },
  { name: 'HTML', bend: answer({ headers: html, body: '<h1>Welcome</h1>' }), then: signsIn({ subject: ada.subject }) },
  { name: 'nothing', bend: answer({ headers: json, body: '' }), then: signsIn({ subject: ada.subject }) },
  { name: 'a list', bend: answer({ headers: json, body: [] }), then: signsIn({ subject: ada.subject }) },
  {
    name: 'half of the JSON',
    bend: answer({ headers: json, body: '{"sub":"00u' }),
    then: signsIn({ subject: ada.subject }),
  },
  {
    name: 'two mebibytes',
    bend: claims({ padding: 'x'.repeat(2 * 1024 * 1024) }),
    then: signsIn({ subject: ada.subject }),
  },
  {
    name: 'status 500 where the ID token leaves nothing out',
    bend: { userinfo: (answer) => void (answer.status = 500) },
    then: signsIn({ name: ada.name }),
  },
]);
