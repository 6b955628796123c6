import { METRIC_DESCRIPTIONS } from '../metrics/descriptions.ts';
import { wireOption } from './wire-option.ts';

const OPTION = { example: '', isRequired: false, isAdvanced: false, isSecret: false };

/** What each metric is for. */
export const METRIC_USAGES = METRIC_DESCRIPTIONS.map(({ type, usage }) => ({
  ...{ key: type, value: usage, sort_key: type },
}));

/** By metric: the attributes that can be turned off, each with the field of the records it is. */
export const METRIC_KEYS = Object.fromEntries(
  METRIC_DESCRIPTIONS.map(({ type, fields }) => [
    type,
    fields.map((field) => {
      const key = `${type}_${field}`;
      return { key, value: `${type}__${field}`, sort_key: key };
    }),
  ]),
);

/** By metric: what its `config` takes. */
export const METRIC_OPTIONS = Object.fromEntries(
  METRIC_DESCRIPTIONS.map(({ type, options }) => [
    type,
    options.map((option) => wireOption({ ...OPTION, ...option })),
  ]),
);
