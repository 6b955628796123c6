import type { z } from 'zod';

/** The other side of `Helper`: answers each question, one after another, until nobody asks. */
export function answerQuestions<T>(
  question: z.ZodType<T>,
  answer: (question: T) => Promise<object> | object,
): void {
  process.on('message', (message) => {
    void Promise.resolve(answer(question.parse(message))).then((reply) => process.send?.(reply));
  });
  process.on('disconnect', () => process.exit());
}
