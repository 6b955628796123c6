import { AppError } from '../../shared/kernel/errors.ts';
import type { RegistryStore } from '../../shared/stores/registry/registry-store.ts';

/** A store that fails whatever is asked of it while it is away. */
export class FlakyRegistryStore implements RegistryStore {
  isAway = false;
  #inner: RegistryStore;

  constructor(inner: RegistryStore) {
    this.#inner = inner;
  }

  /** Other data are in its place. */
  replace(inner: RegistryStore): void {
    this.#inner = inner;
  }

  find = (...given: Parameters<RegistryStore['find']>) =>
    this.#ask((store) => store.find(...given));
  list = (...given: Parameters<RegistryStore['list']>) =>
    this.#ask((store) => store.list(...given));
  services = () => this.#ask((store) => store.services());
  write = (...given: Parameters<RegistryStore['write']>) =>
    this.#ask((store) => store.write(...given));
  renew = (...given: Parameters<RegistryStore['renew']>) =>
    this.#ask((store) => store.renew(...given));
  overdue = (...given: Parameters<RegistryStore['overdue']>) =>
    this.#ask((store) => store.overdue(...given));
  changesSince = (...given: Parameters<RegistryStore['changesSince']>) =>
    this.#ask((store) => store.changesSince(...given));
  revision = () => this.#ask((store) => store.revision());
  history = (...given: Parameters<RegistryStore['history']>) =>
    this.#ask((store) => store.history(...given));
  own = (...given: Parameters<RegistryStore['own']>) => this.#ask((store) => store.own(...given));
  disown = (...given: Parameters<RegistryStore['disown']>) =>
    this.#ask((store) => store.disown(...given));
  forget = (...given: Parameters<RegistryStore['forget']>) =>
    this.#ask((store) => store.forget(...given));
  close = () => this.#inner.close();

  async #ask<T>(what: (store: RegistryStore) => Promise<T>): Promise<T> {
    if (this.isAway) throw new AppError('unavailable', 'the store is away');
    return what(this.#inner);
  }
}
