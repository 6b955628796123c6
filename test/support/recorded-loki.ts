import { HttpRecorder } from './http-recorder.ts';

interface Push {
  readonly streams: readonly {
    readonly stream: Readonly<Record<string, string>>;
    readonly values: readonly (readonly [ns: string, line: string])[];
  }[];
}

/**
 * A recorded protocol server: what Loki makes of a push, written down. An entry of the same labels,
 * time and text is the same entry.
 */
export class RecordedLoki {
  readonly #entries = new Map<string, string>();
  #server: HttpRecorder | null = null;

  static async open(): Promise<RecordedLoki> {
    const loki = new RecordedLoki();
    loki.#server = await HttpRecorder.open(({ url, body }) => {
      if (url !== '/loki/api/v1/push') return { status: 404 };
      const push: Push = JSON.parse(body);
      loki.#push(push);
      return { status: 204 };
    });
    return loki;
  }

  get url(): string {
    return this.#server?.url ?? '';
  }

  get count(): number {
    return this.#entries.size;
  }

  /** The texts of all entries, in the order in which they came. */
  get lines(): readonly string[] {
    return [...this.#entries.values()];
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  #push({ streams }: Push): void {
    for (const { stream, values } of streams) {
      for (const [ns, line] of values) this.#entries.set(JSON.stringify([stream, ns, line]), line);
    }
  }
}
