import { generateKeyPairSync } from 'node:crypto';
import { AppError } from '../kernel/errors.ts';
import { type AuthDocument, requireRoom, type SigningKey } from './auth-document.ts';
import { freshId } from './secrets.ts';

/** A pair that has signed nothing yet. */
export function freshSigningKey(nowMs: number): SigningKey {
  const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return { kid: freshId(), x, d, createdMs: nowMs, untilMs: null };
}

/** The key that signs. */
export function signerOf({ keys }: AuthDocument): SigningKey {
  const signer = keys.find(({ untilMs }) => untilMs === null);
  if (signer === undefined) throw new AppError('internal', 'no key signs');
  return signer;
}

interface Rotation {
  readonly fresh: SigningKey;
  /** Until when what the old one has signed is taken; null: from now on no more. */
  readonly oldUntilMs: number | null;
}

/**
 * With a new key that signs from now on.
 * @throws AppError `conflict` when too many old ones are still needed.
 */
export function rotated(document: AuthDocument, { fresh, oldUntilMs }: Rotation): AuthDocument {
  if (oldUntilMs === null) return { ...document, keys: [fresh] };
  requireRoom(document, 'keys');
  const old = document.keys.map((key) =>
    key.untilMs === null ? { ...key, untilMs: oldUntilMs } : key,
  );
  return { ...document, keys: [...old, fresh] };
}
