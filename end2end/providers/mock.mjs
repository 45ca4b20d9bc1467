// `oauth2-mock-server`, each of whose answers can be bent. It has no sign-in page: whoever comes is signed in.

import { createServer } from 'node:http';
import { OAuth2Issuer, OAuth2Service } from 'oauth2-mock-server';
import { claims } from './seed.mjs';

/** What an answer is for, by its path. */
const endpoints = {
  '/.well-known/openid-configuration': 'discovery',
  '/jwks': 'keys',
  '/token': 'token',
  '/userinfo': 'userinfo',
};

/**
 * An answer under way. A body that is neither text nor bytes is sent as JSON. `broken` sends half of it and hangs up.
 * @typedef {{ status: number, headers: Record<string, string>, body: any, broken?: boolean }} Answer
 */

/**
 * What becomes of an ID token before it is signed, of the way back to the app, and of the answers.
 * @typedef {{
 *   idToken?: (token: { header: Record<string, any>, payload: Record<string, any> }) => void,
 *   callback?: (url: URL) => void,
 *   discovery?: (answer: Answer, mock: Mock) => void | Promise<void>,
 *   keys?: (answer: Answer, mock: Mock) => void | Promise<void>,
 *   token?: (answer: Answer, mock: Mock) => void | Promise<void>,
 *   userinfo?: (answer: Answer, mock: Mock) => void | Promise<void>,
 * }} Bend
 */

export class Mock {
  /** @type {Bend} */
  bend = {};
  issuer = new OAuth2Issuer();
  #service = new OAuth2Service(this.issuer);
  #server = createServer((request, response) => this.#answer(request, response));

  /**
   * @param {string} origin where everybody finds it
   * @param {import('./seed.mjs').Person} person who signs in
   */
  constructor(origin, person) {
    this.issuer.url = origin;
    this.#service.on('beforeTokenSigning', (token) => {
      // An access token has a scope.
      if ('scope' in token.payload) return;
      Object.assign(token.payload, claims(person));
      this.bend.idToken?.(token);
    });
    this.#service.on('beforeUserinfo', ({ body }) => Object.assign(body, claims(person)));
    this.#service.on('beforeAuthorizeRedirect', ({ url }) => this.bend.callback?.(url));
  }

  /** @param {number} port */
  async listen(port) {
    await new Promise((resolve, reject) => this.#server.once('error', reject).listen(port, '127.0.0.1', resolve));
  }

  async stop() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** The service has hooks for tokens; what HTTP can say beyond them is said when it ends its answer. */
  #answer(request, response) {
    const bend = this.bend[endpoints[new URL(request.url, this.issuer.url).pathname]];
    if (bend) {
      const end = response.end;
      response.end = (body) => {
        response.end = end;
        const answer = { status: response.statusCode, headers: {}, body: JSON.parse(String(body)) };
        Promise.resolve(bend(answer, this)).then(() => send(response, answer));
        return response;
      };
    }
    this.#service.requestHandler(request, response);
  }
}

/** @param {import('node:http').ServerResponse} response @param {Answer} answer */
function send(response, { status, headers, body, broken = false }) {
  const plain = typeof body === 'string' || Buffer.isBuffer(body);
  const bytes = Buffer.from(plain ? body : JSON.stringify(body));
  response.writeHead(status, { ...headers, 'content-length': bytes.length });
  if (broken) response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
  else response.end(bytes);
}
