import { REDACTED } from './wire-config.ts';

/** A shorter secret would blot out ordinary words. */
const SECRET_LENGTH_MIN = 4;

/** Takes known secret values out of a text that people will see. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const hidden = secrets.filter((secret) => secret.length >= SECRET_LENGTH_MIN);
  return (text) => hidden.reduce((shown, secret) => shown.replaceAll(secret, REDACTED), text);
}
