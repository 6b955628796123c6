import { z } from 'zod';
import { ACCEPTED } from '../../sink/acceptance.ts';
import { defineSender, option } from '../plugin.ts';

/** Takes every batch and does nothing with it. */
export const discardSender = defineSender({
  type: 'discard',
  options: z.object({ name: option.text('') }),
  open: async ({ name }) => ({
    wants: 'ndjson',
    name: name === '' ? 'discardSender' : name,
    send: () => Promise.resolve(ACCEPTED),
    close: () => Promise.resolve(),
  }),
});
