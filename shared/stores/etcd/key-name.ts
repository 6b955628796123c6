/** The last part of a key, as it was given. */
export function nameOfKey(key: string): string {
  return decodeURIComponent(key.slice(key.lastIndexOf('/') + 1));
}
