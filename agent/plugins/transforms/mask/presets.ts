import { maskedBut } from './masked-but.ts';

/** Masks what it finds in a text; the time it takes grows with the length of the text alone. */
export type MaskText = (text: string) => string;

const LOCAL_LENGTH_MAX = 64;
const DOMAIN_LENGTH_MAX = 255;
const LOCAL = /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]/u;
const DOMAIN = /[\p{L}\p{N}.-]/u;
const CARD = /(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/g;
const CARD_DIGITS_KEPT = 4;
const IPV4 = /(?<!\d)(\d{1,3}\.\d{1,3}\.\d{1,3}\.)(\d{1,3})(?!\d)/g;

/** Of an address the first character stays, and the domain: `j*******@example.com`. */
export function maskEmails(text: string, character: string): string {
  let masked = '';
  let done = 0;
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    const start = localStart(text, Math.max(done, at - LOCAL_LENGTH_MAX), at);
    if (start === at || !hasDomain(text, at + 1)) continue;
    masked +=
      text.slice(done, start) + maskedBut(text.slice(start, at), { first: 1, last: 0, character });
    done = at;
  }
  return masked + text.slice(done);
}

function localStart(text: string, from: number, at: number): number {
  let start = at;
  while (start > from && LOCAL.test(text.charAt(start - 1))) start -= 1;
  return start;
}

/** Whether what stands there begins like a domain; one name, as of a host at home, will do. */
function hasDomain(text: string, start: number): boolean {
  const first = text.slice(start, start + DOMAIN_LENGTH_MAX).charAt(0);
  return first !== '.' && first !== '-' && DOMAIN.test(first);
}

/** Of 13 to 19 digits, perhaps in groups, that have the check digit of a card the last four stay. */
export function maskCards(text: string, character: string): string {
  return text.replace(CARD, (card) => {
    if (!hasCheckDigit(card)) return card;
    const digits = card.replace(/\D/g, '').length;
    let seen = 0;
    return card.replace(/\d/g, (digit) => {
      seen += 1;
      return seen > digits - CARD_DIGITS_KEPT ? digit : character;
    });
  });
}

/** Luhn's formula. */
function hasCheckDigit(card: string): boolean {
  const digits = Array.from(card.replace(/\D/g, ''), Number).reverse();
  const sum = digits.reduce((total, digit, index) => {
    const doubled = index % 2 === 1 ? 2 * digit : digit;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

/** Of an address the network stays: `192.168.1.*`. */
export function maskIpv4(text: string, character: string): string {
  return text.replace(IPV4, (address, network: string, host: string) => {
    const isAddress = address.split('.').every((part) => Number(part) <= 255);
    return isAddress ? `${network}${character.repeat(host.length)}` : address;
  });
}
