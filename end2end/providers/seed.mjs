// What all providers know: the app and the people of demo.yaml, and one with more groups than Okta's claim holds, for
// an app at any address.

import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';

const DEMO_APP = 'http://127.0.0.1:3000';
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
 * All of it, as the emulator wants it, for the app at `app`.
 * @param {string} app the app's origin, as in `http://127.0.0.1:3000`
 */
export function emulatorSeed(app) {
  return stringify({ okta }).replaceAll(DEMO_APP, new URL(app).origin);
}

/** The app's client at the provider. */
export const client = {
  /** @type {string} */
  id: okta.oauth_clients[0].client_id,
  /** @type {string} */
  secret: okta.oauth_clients[0].client_secret,
};

/** The same app at oidc-provider, with a key instead of a secret. */
export const clientWithKey = { id: `${client.id}-with-key` };

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
