/** How one kind of value is in JSON. What it gives undefined for is not just as its type says. */
export interface JsonValue {
  readonly toJson: (value: unknown) => unknown;
  readonly fromJson: (value: unknown) => unknown;
  /** What a field has that was not sent. */
  readonly preset: () => unknown;
}

const text = sameBothWays('', (value) => typeof value === 'string');
const flag = sameBothWays(false, (value) => typeof value === 'boolean');
const double = sameBothWays(0, (value) => Number.isFinite(value));
const signed32 = sameBothWays(0, (value) => isWhole(value, -(2 ** 31), 2 ** 31 - 1));
const unsigned32 = sameBothWays(0, (value) => isWhole(value, 0, 2 ** 32 - 1));
const signed64 = whole64(/^-?\d{1,18}$/, (value) => BigInt.asIntN(64, value) === value);
const unsigned64 = whole64(/^\d{1,18}$/, (value) => BigInt.asUintN(64, value) === value);

/** By the names of `.proto` files; the others have forms that take more to tell apart. */
export const JSON_VALUES: ReadonlyMap<string, JsonValue> = new Map([
  ['string', text],
  ['bool', flag],
  ['double', double],
  ...['int32', 'sint32', 'sfixed32'].map((type) => [type, signed32] as const),
  ...['uint32', 'fixed32'].map((type) => [type, unsigned32] as const),
  ...['int64', 'sint64', 'sfixed64'].map((type) => [type, signed64] as const),
  ...['uint64', 'fixed64'].map((type) => [type, unsigned64] as const),
]);

export function enumValue(ids: Readonly<Record<string, number>>): JsonValue {
  const names = new Set(Object.keys(ids));
  const preset = [...names].find((name) => ids[name] === 0);
  return sameBothWays(preset, (value) => typeof value === 'string' && names.has(value));
}

export function listOf({ toJson, fromJson }: JsonValue): JsonValue {
  return {
    toJson: (value) => mapped(value, toJson),
    fromJson: (value) => mapped(value, fromJson),
    preset: () => [],
  };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapped(value: unknown, each: (item: unknown) => unknown): unknown {
  if (!Array.isArray(value)) return undefined;
  const items: unknown[] = [];
  for (const item of value) {
    const made = each(item);
    if (made === undefined) return undefined;
    items.push(made);
  }
  return items;
}

function sameBothWays(preset: unknown, isOne: (value: unknown) => boolean): JsonValue {
  const same = (value: unknown) => (isOne(value) ? value : undefined);
  return { toJson: same, fromJson: same, preset: () => preset };
}

function isWhole(value: unknown, min: number, max: number): boolean {
  return Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
}

/** Texts in JSON, for numbers there are not exact; no more digits than every such integer may have. */
function whole64(digits: RegExp, isInRange: (value: bigint) => boolean): JsonValue {
  return {
    toJson: (value) => (typeof value === 'bigint' && isInRange(value) ? String(value) : undefined),
    fromJson: (value) =>
      typeof value === 'string' && digits.test(value) ? BigInt(value) : undefined,
    preset: () => 0n,
  };
}
