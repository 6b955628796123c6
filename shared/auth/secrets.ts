import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

const SECRET_BYTES = 32;
const ID_BYTES = 12;

/** Nobody guesses it, so that a plain hash keeps it safe. */
export function freshSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** Never given twice; no secret. */
export function freshId(): string {
  return randomBytes(ID_BYTES).toString('hex');
}

export function secretHash(secret: string): string {
  return hash('sha256', secret, 'base64url');
}

/** How long it takes tells nothing about either. */
export function isSecretOf(secret: string, hashed: string): boolean {
  const [ours, theirs] = [hash('sha256', secret, 'buffer'), Buffer.from(hashed, 'base64url')];
  return ours.length === theirs.length && timingSafeEqual(ours, theirs);
}
