import type { OptionDescription } from '../plugins/describe.ts';

/** How a route is chosen, in the form of the metadata of plugins. */
export const ROUTER_USAGES = [
  { key: 'equal', value: 'The field is the text of the route.', sort_key: 'equal' },
  { key: 'contains', value: 'The field contains the text of the route.', sort_key: 'contains' },
];

const OPTION = { default: '', choices: [], example: '', isAdvanced: false, isSecret: false };

/** What a form asks for, beside `router_routes`: a text, and the place of the sender it leads to. */
export const ROUTER_OPTIONS: readonly OptionDescription[] = [
  {
    ...OPTION,
    name: 'router_key_name',
    description: 'The field that says which sender gets a record.',
    example: 'level',
    isRequired: true,
  },
  {
    ...OPTION,
    name: 'router_match_type',
    description: 'How a route is chosen; of several that the field contains, the longest.',
    default: 'equal',
    choices: ['equal', 'contains'],
    isRequired: false,
  },
  {
    ...OPTION,
    name: 'router_default_sender',
    description: 'The place of the sender, from 0, for records that no route matches.',
    default: '0',
    isRequired: true,
  },
];
