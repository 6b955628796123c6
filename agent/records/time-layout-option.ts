import { compileGoFormat } from '../../shared/domain/go-time-format.ts';
import { messageOf } from '../../shared/kernel/errors.ts';
import { transformOption } from './transform-options.ts';

/** A Go time layout; empty where none is said. */
export const timeLayoutOption = transformOption.text.default('').transform((layout, context) => {
  try {
    compileGoFormat(layout);
  } catch (thrown) {
    context.addIssue(messageOf(thrown));
  }
  return layout;
});
