// What all providers know: the app and the people of demo.yaml, and one with more groups than Okta's claim holds, for
// an app at any address.

import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';

const DEMO_APP = 'http://127.0.0.1:3000';
const DEMO_CALLBACK = '/authorization-code/callback';
const file = new URL('../demo.yaml', import.meta.url);

const { okta } = parse(readFileSync(file, 'utf8'));
addManyGroups('00ukatherinejohnson00');

/** Somebody of demo.yaml is in 250 groups: too many for the file, and for a claim. */
function addManyGroups(person) {
  for (let number = 1; number <= 249; number++) {
    const group = `00g_mission_${number}`;
    okta.groups.push({ okta_id: group, name: `Mission ${number}` });
    okta.group_memberships.push({ user_okta_id: person, group_okta_id: group });
  }
}

/**
 * All of it, as the emulator wants it, for the app at `app`, whose connection comes back to `callback`.
 * @param {string} app the app's origin, as in `http://127.0.0.1:3000`
 * @param {string} callback
 */
export function emulatorSeed(app, callback) {
  const seed = {
    ...okta,
    authorization_servers: [...okta.authorization_servers, partner.server],
    oauth_clients: [...okta.oauth_clients.map((client) => ofConnection(client, callback)), partner.client],
  };
  return stringify({ okta: seed }).replaceAll(DEMO_APP, new URL(app).origin);
}

function ofConnection(client, callback) {
  return { ...client, redirect_uris: client.redirect_uris.map((uri) => uri.replace(DEMO_CALLBACK, callback)) };
}

/** The app's client at the provider. */
export const client = {
  /** @type {string} */
  id: okta.oauth_clients[0].client_id,
  /** @type {string} */
  secret: okta.oauth_clients[0].client_secret,
};

/** The connection `partner` of the same app, at an authorization server of its own. */
export const partner = {
  name: 'partner',
  server: { id: 'partner', name: 'partner', audiences: ['api://partner'] },
  client: {
    ...okta.oauth_clients[0],
    client_id: `${client.id}-partner`,
    auth_server_id: 'partner',
    redirect_uris: [`${DEMO_APP}${DEMO_CALLBACK}/partner`, `${DEMO_APP}/`],
  },
};

/** The same app at oidc-provider, with a key instead of a secret. */
export const clientWithKey = { id: `${client.id}-with-key` };

/** The same app at oidc-provider, with tokens that are bound to it. */
export const clientWithBoundTokens = { id: `${client.id}-with-bound-tokens` };

/**
 * Somebody who can sign in.
 * @typedef {{ subject: string, name: string, email: string, locale: string, groups: string[] }} Person
 */

/** @type {Person[]} */
export const people = okta.users.map((user) => ({
  subject: user.okta_id,
  name: `${user.first_name} ${user.last_name}`,
  email: user.email,
  locale: user.locale,
  groups: okta.group_memberships
    .filter((membership) => membership.user_okta_id === user.okta_id)
    .map((membership) => okta.groups.find((group) => group.okta_id === membership.group_okta_id).name),
}));

/**
 * A person as a provider's claims, all of which one may put into the ID token.
 * @param {Person} person
 */
export const claims = ({ subject, name, email, locale, groups }) => ({
  sub: subject,
  name,
  preferred_username: email,
  email,
  email_verified: true,
  locale,
  groups,
});
