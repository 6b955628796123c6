/** A fresh one is taken when more than this, and more than there is in it, was deleted. */
const DELETED_MAX = 100;

/**
 * A Map for what comes and goes all the time. V8 gives a Map that lives long one table after another
 * then, and each keeps the next one, and all that was in it, from dying young. So it is copied into
 * a fresh Map now and then.
 */
export class BusyMap<Key, Value> {
  #map = new Map<Key, Value>();
  #deleted = 0;

  get size(): number {
    return this.#map.size;
  }

  get(key: Key): Value | undefined {
    return this.#map.get(key);
  }

  set(key: Key, value: Value): void {
    this.#map.set(key, value);
  }

  delete(key: Key): boolean {
    const wasThere = this.#map.delete(key);
    if (wasThere) this.#deleted += 1;
    if (this.#deleted > Math.max(this.#map.size, DELETED_MAX)) {
      this.#map = new Map(this.#map);
      this.#deleted = 0;
    }
    return wasThere;
  }

  clear(): void {
    this.#map = new Map();
    this.#deleted = 0;
  }

  keys(): Iterable<Key> {
    return this.#map.keys();
  }

  values(): Iterable<Value> {
    return this.#map.values();
  }

  [Symbol.iterator](): Iterator<[Key, Value]> {
    return this.#map[Symbol.iterator]();
  }
}
