export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a parsed value is a JSON object: a number kept as its digits is an object of its own kind. */
export function isJsonObject(value: unknown): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}
