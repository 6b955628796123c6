import { REDACTED } from '../../shared/domain/redaction.ts';

/** A shorter secret would blot out ordinary words. */
const SECRET_LENGTH_MIN = 4;

/** Takes known secret values out of a text that people will see, also where it quotes or escapes them. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const hidden = secrets
    .filter((secret) => secret.length >= SECRET_LENGTH_MIN)
    .flatMap(spellings)
    // The longest first: a secret may begin with another one.
    .sort((a, b) => b.length - a.length);
  return (text) => hidden.reduce((shown, secret) => shown.replaceAll(secret, REDACTED), text);
}

/** As it is, in a URL, and in a JSON text. */
function spellings(secret: string): string[] {
  const wellFormed = secret.toWellFormed();
  const quoted = JSON.stringify(secret).slice(1, -1);
  return [...new Set([secret, encodeURI(wellFormed), encodeURIComponent(wellFormed), quoted])];
}
