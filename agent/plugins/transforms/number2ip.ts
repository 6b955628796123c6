import { z } from 'zod';
import { changeField } from '../../records/change-each.ts';
import { scalarText } from '../../records/scalar-text.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';

const ADDRESSES = 2 ** 32;

/** Writes a number of 32 bits as the IPv4 address that it stands for. */
export const number2ipTransform = defineTransform({
  type: 'number2ip',
  usage: 'Writes a number of 32 bits as the IPv4 address that it stands for.',
  options: z.object({
    key: transformOption.key('client'),
    new: transformOption.target.describe(
      'Where the address goes; nowhere said: in place of the number.',
    ),
  }),
  open: ({ key, new: target = key }) => ({
    apply: (records) => changeField(records, { key, target }, address),
  }),
});

function address(value: unknown): string {
  const text = scalarText(value);
  const number = /^\d{1,10}$/.test(text) ? Number(text) : ADDRESSES;
  if (number >= ADDRESSES) throw new Error('is no whole number of 32 bits');
  return [number >>> 24, (number >>> 16) & 0xff, (number >>> 8) & 0xff, number & 0xff].join('.');
}
