import { existsSync, renameSync } from 'node:fs';

const ROTATED_MAX = 10_000;

/** `app.log` becomes `app.log.1`, which became `app.log.2`, and so on, as logrotate does it. */
export function rotate(path: string): void {
  let last = 0;
  while (last < ROTATED_MAX && existsSync(`${path}.${last + 1}`)) last += 1;
  for (let number = last; number > 0; number -= 1) {
    renameSync(`${path}.${number}`, `${path}.${number + 1}`);
  }
  renameSync(path, `${path}.1`);
}
