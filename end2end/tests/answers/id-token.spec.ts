import { refused, signsIn, table } from '../../support/answers.ts';
import { ada } from '../../support/provider.ts';

/** The ID token's claims with these changes; `undefined` leaves one out. */
const claims = (changes: Record<string, unknown>) => ({
  idToken: ({ payload }: { payload: Record<string, unknown> }) => void Object.assign(payload, changes),
});

const now = () => Math.floor(Date.now() / 1000);

/** A claim that is a time, by how many seconds it is from now. */
const times = (offsets: Record<string, number>) => ({
  idToken: ({ payload }: { payload: Record<string, unknown> }) => {
    for (const [name, offset] of Object.entries(offsets)) payload[name] = now() + offset;
  },
});

const idToken = /the ID token was rejected/;

table('Core §2', [
  { name: 'an ID token as it comes', then: signsIn({ subject: ada.subject, name: ada.name, email: ada.email }) },
  { name: 'no sub', bend: claims({ sub: undefined }), then: refused(idToken) },
  { name: 'a sub that is null', bend: claims({ sub: null }), then: refused(idToken) },
  { name: 'an empty sub', bend: claims({ sub: '' }), then: refused(idToken) },
  { name: 'a sub that is a number', bend: claims({ sub: 7 }), then: refused(idToken) },
  { name: 'a sub that is a list', bend: claims({ sub: [ada.subject] }), then: refused(idToken) },
  {
    name: 'a sub of 255 characters',
    bend: claims({ sub: 'x'.repeat(255) }),
    then: signsIn({ subject: 'x'.repeat(255) }),
  },
  { name: 'a sub that looks like HTML', bend: claims({ sub: '<b>"&\'' }), then: signsIn({ subject: '<b>"&\'' }) },
  { name: 'no iat', bend: claims({ iat: undefined }), then: refused(idToken) },
  { name: 'an iat that is text', bend: claims({ iat: 'today' }), then: refused(idToken) },
  { name: 'no exp', bend: claims({ exp: undefined }), then: refused(idToken) },
  { name: 'an exp that is null', bend: claims({ exp: null }), then: refused(idToken) },
  { name: 'an exp that is text', bend: claims({ exp: 'never' }), then: refused(idToken) },
  { name: 'an auth_time that is text', bend: claims({ auth_time: 'this morning' }), then: signsIn() },
  { name: 'an acr that is a number', bend: claims({ acr: 2 }), then: signsIn() },
  { name: 'an amr that is text', bend: claims({ amr: 'pwd' }), then: signsIn() },
]);

table('Core §3.1.3.7', [
  { name: 'no iss', bend: claims({ iss: undefined }), then: refused(idToken) },
  { name: 'an empty iss', bend: claims({ iss: '' }), then: refused(idToken) },
  { name: 'an iss that is a number', bend: claims({ iss: 1 }), then: refused(idToken) },
  { name: 'another iss', bend: claims({ iss: 'https://other.okta.com' }), then: refused(/issuer/) },
  {
    name: 'an iss with a slash more',
    bend: { idToken: ({ payload }) => void (payload.iss += '/') },
    then: refused(/issuer/),
  },
  {
    name: 'an iss in capitals',
    bend: { idToken: ({ payload }) => void (payload.iss = payload.iss.toUpperCase()) },
    then: refused(/issuer/),
  },
  { name: 'no aud', bend: claims({ aud: undefined }), then: refused(idToken) },
  { name: 'an empty aud', bend: claims({ aud: [] }), then: refused(idToken) },
  { name: 'an aud that is a number', bend: claims({ aud: 1 }), then: refused(idToken) },
  { name: 'another aud', bend: claims({ aud: 'somebody-else' }), then: refused(/audience/) },
  {
    name: 'an aud in capitals',
    bend: { idToken: ({ payload }) => void (payload.aud = payload.aud.toUpperCase()) },
    then: refused(/audience/),
  },
  {
    name: 'an aud that is a list of one',
    bend: { idToken: ({ payload }) => void (payload.aud = [payload.aud]) },
    then: signsIn(),
  },
  {
    name: 'an aud that lists somebody else, too',
    bend: { idToken: ({ payload }) => void (payload.aud = [payload.aud, 'somebody-else']) },
    then: refused(/audience/),
  },
  {
    name: 'an azp that is this client',
    bend: { idToken: ({ payload }) => void (payload.azp = payload.aud) },
    then: signsIn(),
  },
  { name: 'an azp that is another client', bend: claims({ azp: 'somebody-else' }), then: refused(idToken) },
  { name: 'no nonce', bend: claims({ nonce: undefined }), then: refused(/nonce/) },
  { name: 'an empty nonce', bend: claims({ nonce: '' }), then: refused(/nonce/) },
  { name: 'another nonce', bend: claims({ nonce: 'replayed' }), then: refused(/nonce/) },
  { name: 'a nonce that is a number', bend: claims({ nonce: 1 }), then: refused(idToken) },
  { name: 'expired an hour ago', bend: times({ iat: -7200, exp: -3600 }), then: refused(/[Ee]xpired/) },
  { name: 'expired half a minute ago', bend: times({ exp: -30 }), then: signsIn() },
  { name: 'an exp with a fraction', bend: times({ exp: 600.5 }), then: signsIn() },
  { name: 'an exp in the year 9999', bend: claims({ exp: 253_402_300_799 }), then: signsIn() },
  { name: 'issued an hour ahead', bend: times({ iat: 3600, exp: 7200 }), then: refused(/issued in the future/) },
  { name: 'issued half a minute ahead', bend: times({ iat: 30 }), then: signsIn() },
  { name: 'an iat with a fraction', bend: times({ iat: -0.5 }), then: signsIn() },
]);

table('RFC 7519 §4.1.5', [
  { name: 'not before half a minute from now', bend: times({ nbf: 30 }), then: signsIn() },
  { name: 'not before an hour from now', bend: times({ nbf: 3600 }), then: refused(idToken) },
  { name: 'no nbf', bend: claims({ nbf: undefined }), then: signsIn() },
]);

// Optional claims that are not what they should be say nothing; they are no reason to refuse anybody.
table('Core §5.1', [
  {
    name: 'an email_verified that is text',
    bend: claims({ email_verified: 'true' }),
    then: signsIn({ email: ada.email }),
  },
  {
    name: 'an email_verified that is a number',
    bend: claims({ email_verified: 1 }),
    then: signsIn({ email_verified: false }),
  },
  {
    name: 'an email_verified that is false as text',
    bend: claims({ email_verified: 'false' }),
    then: signsIn({ email_verified: false }),
  },
  {
    name: 'an email_verified that is null',
    bend: claims({ email_verified: null }),
    then: signsIn({ email_verified: false }),
  },
  { name: 'an email that is a list', bend: claims({ email: [ada.email] }), then: signsIn({ name: ada.name }) },
  { name: 'an email that is null', bend: claims({ email: null }), then: signsIn({ name: ada.name }) },
  { name: 'a name that is a number', bend: claims({ name: 7 }), then: signsIn({ email: ada.email }) },
  { name: 'a name that is an object', bend: claims({ name: { given: 'Ada' } }), then: signsIn({ email: ada.email }) },
  {
    name: 'a name in HTML',
    bend: claims({ name: '<script>alert(1)</script>' }),
    then: signsIn({ name: '<script>alert(1)</script>' }),
  },
  {
    name: 'a name in Japanese',
    bend: claims({ name: undefined, 'name#ja': 'エイダ' }),
    then: signsIn({ subject: ada.subject }),
  },
  { name: 'a name of a hundred thousand letters', bend: claims({ name: 'a'.repeat(100_000) }), then: signsIn() },
  { name: 'a given_name that is a list', bend: claims({ given_name: ['Ada', 'Augusta'] }), then: signsIn() },
  { name: 'an updated_at that is a date', bend: claims({ updated_at: '2026-01-02T03:04:05Z' }), then: signsIn() },
  { name: 'an updated_at that is nonsense', bend: claims({ updated_at: 'lately' }), then: signsIn() },
  { name: 'an updated_at with a fraction', bend: claims({ updated_at: 1_700_000_000.25 }), then: signsIn() },
  { name: 'an address that is text', bend: claims({ address: '12 St James’s Square' }), then: signsIn() },
  { name: 'an address that is a list', bend: claims({ address: ['12', 'St James’s Square'] }), then: signsIn() },
  { name: 'a phone_number_verified that is text', bend: claims({ phone_number_verified: 'false' }), then: signsIn() },
  { name: 'a phone_number that is a number', bend: claims({ phone_number: 441234567890 }), then: signsIn() },
  { name: 'a birthdate that is a number', bend: claims({ birthdate: 1815 }), then: signsIn() },
  { name: 'a gender that is a number', bend: claims({ gender: 1 }), then: signsIn() },
  { name: 'a zoneinfo that is a number', bend: claims({ zoneinfo: 1 }), then: signsIn() },
  { name: 'a locale that is a number', bend: claims({ locale: 1 }), then: signsIn() },
  { name: 'a locale with an underscore', bend: claims({ locale: 'en_GB' }), then: signsIn() },
  { name: 'a website that is no address', bend: claims({ website: 'not an address' }), then: signsIn() },
  { name: 'a profile that is a number', bend: claims({ profile: 1 }), then: signsIn() },
  {
    name: 'a picture over https',
    bend: claims({ picture: 'https://example.com/ada.png' }),
    then: signsIn({ picture: 'https://example.com/ada.png' }),
  },
  {
    name: 'a picture over http',
    bend: claims({ picture: 'http://example.com/ada.png' }),
    then: signsIn({ picture: null }),
  },
  {
    name: 'a picture that is a script',
    bend: claims({ picture: 'javascript:alert(1)' }),
    then: signsIn({ picture: null }),
  },
  { name: 'a picture that is no address', bend: claims({ picture: 'ada.png' }), then: signsIn({ picture: null }) },
  { name: 'a picture that is a number', bend: claims({ picture: 1 }), then: signsIn({ picture: null }) },
  { name: 'groups that are text', bend: claims({ groups: 'Everyone' }), then: signsIn({ subject: ada.subject }) },
  { name: 'groups that are numbers', bend: claims({ groups: [1, 2] }), then: signsIn({ subject: ada.subject }) },
  { name: 'groups that are an empty list', bend: claims({ groups: [] }), then: signsIn({ groups: [] }) },
  {
    name: 'a thousand groups',
    bend: claims({ groups: Array.from({ length: 1000 }, (_, n) => `g${n}`) }),
    then: signsIn(),
  },
  {
    name: 'claims that nobody knows',
    bend: claims({ deep: { er: [{ still: null }] }, 'urn:x': 1e300 }),
    then: signsIn(),
  },
  {
    name: 'five hundred claims that nobody knows',
    bend: claims(Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`claim_${n}`, n]))),
    then: signsIn(),
  },
]);
