import { createHmac, createPrivateKey, createPublicKey, type JsonWebKey, sign } from 'node:crypto';

type Members = Record<string, unknown>;

const encode = (part: unknown) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
const decode = (part: string): Members => JSON.parse(Buffer.from(part, 'base64url').toString());

/** A signed token (RFC 7515), taken apart to be put together wrongly. */
export class Jws {
  header: Members;
  /** An object, or the text in its place. */
  payload: Members | string;
  signature: string;

  constructor(compact: string) {
    const [header = '', payload = '', signature = ''] = compact.split('.');
    this.header = decode(header);
    this.payload = decode(payload);
    this.signature = signature;
  }

  /** Says that nobody signed it, or leaves the former signature to what is another content now. */
  get compact(): string {
    return `${this.input}.${this.signature}`;
  }

  /** Signed with RSA, whatever the key is otherwise good for. */
  signedBy(key: JsonWebKey, hash = 'sha256'): string {
    this.signature = sign(hash, Buffer.from(this.input), createPrivateKey({ key, format: 'jwk' })).toString(
      'base64url',
    );
    return this.compact;
  }

  /** Signed with a shared secret, for which some take what is public. */
  signedWithSecret(secret: string): string {
    this.signature = createHmac('sha256', secret).update(this.input).digest('base64url');
    return this.compact;
  }

  private get input(): string {
    return `${encode(this.header)}.${encode(this.payload)}`;
  }
}

/** The public half as a file would hold it. */
export const pem = (key: JsonWebKey) =>
  createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
