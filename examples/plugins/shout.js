/** A plugin of one's own: a transform that puts a text into capital letters. */
export default ({ defineTransform, z }) =>
  defineTransform({
    type: 'shout',
    usage: 'Puts a text into capital letters.',
    options: z.object({
      key: z.string().default('message').describe('The field.'),
    }),
    open: ({ key }) => ({
      apply: (records) => {
        let errors = 0;
        for (const record of records) {
          if (typeof record[key] === 'string') record[key] = record[key].toUpperCase();
          else errors += 1;
        }
        return { records, errors, lastError: errors > 0 ? `${key} is no text` : '' };
      },
    }),
  });
