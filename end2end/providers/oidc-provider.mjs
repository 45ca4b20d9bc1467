// Starts `oidc-provider`, a certified and strict OpenID provider, for one app; says so in one line on standard output
// when it is ready. `node oidc-provider.mjs [--port 4000] [--app http://127.0.0.1:3000]`
//
// Set up as an Okta org is: profile and groups are in the ID token, nobody is asked for consent, and the provider
// remembers who signed in until they sign out.

import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import Provider from 'oidc-provider';
import { algorithm, app, callback, connection, kid, origin, port, signedUserinfo } from './arguments.mjs';
import { escape, page } from './page.mjs';
import { claims, client, clientWithBoundTokens, clientWithKey, people } from './seed.mjs';

// Okta's own: with more it refuses the sign-in.
const GROUPS_IN_A_CLAIM = 100;

const { privateKey } = keyPair();
const signingKey = { ...privateKey.export({ format: 'jwk' }), alg: algorithm, use: 'sig', kid: kid ?? randomUUID() };

function keyPair() {
  const curve = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }[algorithm];
  if (curve) return generateKeyPairSync('ec', { namedCurve: curve });
  if (algorithm.startsWith('Ed')) return generateKeyPairSync('ed25519');
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

const ofTheApp = {
  id_token_signed_response_alg: algorithm,
  ...(signedUserinfo && { userinfo_signed_response_alg: algorithm }),
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  // The second is for an app that keeps the plugin below a prefix.
  redirect_uris: [`${app}${callback}`, `${app}/auth${callback}`],
  post_logout_redirect_uris: [`${app}/`],
  backchannel_logout_uri: `${app}/backchannel-logout`,
  backchannel_logout_session_required: true,
};

const bySecret = { client_secret: client.secret, token_endpoint_auth_method: 'client_secret_basic' };

const provider = new Provider(origin, {
  clients: [
    { client_id: client.id, ...bySecret, ...ofTheApp },
    { client_id: clientWithBoundTokens.id, dpop_bound_access_tokens: true, ...bySecret, ...ofTheApp },
    // It takes pushed requests alone.
    {
      client_id: clientWithKey.id,
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      jwks_uri: `${app}/api/okta/connections/${connection}/keys`,
      require_pushed_authorization_requests: true,
      ...ofTheApp,
    },
  ],
  jwks: { keys: [signingKey] },
  enabledJWA: { idTokenSigningAlgValues: [algorithm], userinfoSigningAlgValues: [algorithm] },
  cookies: { keys: [randomUUID()] },
  pkce: { required: () => true },

  claims: {
    openid: ['sub'],
    profile: ['name', 'preferred_username', 'locale'],
    email: ['email', 'email_verified'],
    groups: ['groups'],
  },
  conformIdTokenClaims: signedUserinfo,
  findAccount: (_, subject) => account(people.find((person) => person.subject === subject)),

  // As Okta: a token that comes while people are there is good when they are gone, is used once, and can be revoked.
  issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
  expiresWithSession: () => false,
  rotateRefreshToken: true,
  acrValues: ['urn:okta:loa:1fa:any', 'urn:okta:loa:2fa:any'],

  interactions: { url: (_, interaction) => `/sign-in/${interaction.uid}` },
  loadExistingGrant: grantWithoutConsent,

  features: {
    backchannelLogout: { enabled: true },
    devInteractions: { enabled: false },
    // As Okta: a proof has to have a nonce.
    dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
    jwtUserinfo: { enabled: signedUserinfo },
    revocation: { enabled: true },
    rpInitiatedLogout: { enabled: true, logoutSource: signOutPage, postLogoutSuccessSource: signedOutPage },
  },
  // Its own agent reaches nothing on loopback, where the app is.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  renderError: errorPage,
});

function account(person) {
  return person && { accountId: person.subject, claims: () => claims(person) };
}

async function grantWithoutConsent(ctx) {
  const { client, session, params } = ctx.oidc;
  const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(params.scope);
  await grant.save();
  return grant;
}

function signOutPage(ctx, form) {
  ctx.body = page('Sign out', `${form}<button type="submit" form="op.logoutForm" name="logout" value="yes">Yes, sign me out</button>`);
}

function signedOutPage(ctx) {
  ctx.body = page('Signed out', '<p>You are signed out.</p>');
}

function errorPage(ctx, { error, error_description: description }) {
  ctx.type = 'html';
  ctx.body = page('That did not work', `<p>${escape(error)}: ${escape(description ?? '')}</p>`);
}

/** A sign-in of some seconds ago is of somebody whom the provider has known since then. Whoever signs in meets what is asked. */
function answer(subject, { scope, acr_values: contexts }, secondsAgo) {
  if (!subject) return { error: 'access_denied', error_description: 'cancelled' };
  const { groups } = people.find((person) => person.subject === subject);
  if (scope.split(' ').includes('groups') && groups.length > GROUPS_IN_A_CLAIM) {
    return { error: 'server_error', error_description: 'The groups claim matched too many groups.' };
  }
  const ts = Math.floor(Date.now() / 1000) - secondsAgo;
  return { login: { accountId: subject, amr: ['pwd'], acr: contexts?.split(' ')[0], ts } };
}

// The sign-in page: one button a person, one to cancel, and no script.
provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/sign-in/')) return next();

  if (ctx.method === 'POST') {
    const { params } = await provider.interactionDetails(ctx.req, ctx.res);
    await provider.interactionFinished(ctx.req, ctx.res, answer(ctx.query.subject, params, Number(ctx.query.seconds_ago ?? 0)));
    ctx.respond = false;
    return;
  }

  const { uid } = await provider.interactionDetails(ctx.req, ctx.res);
  const button = (label, query = '') =>
    `<form method="post" action="/sign-in/${uid}${query}"><button type="submit">${escape(label)}</button></form>`;
  const buttons = people.map(({ subject, name, email }) => button(`${name} ${email}`, `?subject=${subject}`));
  ctx.type = 'html';
  ctx.body = page('Sign in', [...buttons, button('Cancel')].join(''));
});

const server = provider.listen(port, '127.0.0.1', () => console.log(`oidc-provider is ready: ${origin}`));
server.once('error', (error) => {
  console.error(`oidc-provider cannot listen on port ${port}: ${error.message}`);
  process.exit(1);
});

const stop = () => process.exit(0);
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
