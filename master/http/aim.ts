import type { Selector } from '../../shared/domain/selector.ts';
import type { Call } from '../../shared/http/route.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import type { Aim } from '../fleet/commands.ts';

/** `?tag=&url=`: whom a request means. */
export function selectorIn(call: Call): Selector {
  return { tag: call.query('tag'), url: call.query('url') };
}

/** The selector and `?on_lost=skip`: whether slaves that are not ok are left out of a command. */
export function aimOf(call: Call): Aim {
  const onLost = call.query('on_lost');
  if (onLost !== '' && onLost !== 'skip') {
    throw new AppError(
      'invalid',
      `on_lost is ${JSON.stringify(onLost)}; write on_lost=skip, or leave it out`,
    );
  }
  return { selector: selectorIn(call), onLost: onLost === 'skip' ? 'skip' : 'refuse' };
}
