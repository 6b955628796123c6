import { HttpRecorder } from './http-recorder.ts';

interface Export {
  readonly resourceLogs: readonly {
    readonly scopeLogs: readonly { readonly logRecords: readonly LogRecord[] }[];
  }[];
}

interface LogRecord {
  readonly body: { readonly stringValue?: string };
  readonly attributes: readonly {
    readonly key: string;
    readonly value: { readonly stringValue?: string };
  }[];
}

/** A record that was exported: its body, where that is a text, and what it is known by. */
interface Exported {
  readonly body: string;
  readonly uid: string;
}

/** A recorded protocol server: a collector of OpenTelemetry that takes whatever comes. */
export class RecordedCollector {
  /** In the order in which they came, also those that came before. */
  readonly records: Exported[] = [];
  #server: HttpRecorder | null = null;

  static async open(): Promise<RecordedCollector> {
    const collector = new RecordedCollector();
    collector.#server = await HttpRecorder.open(({ url, body }) => {
      if (url !== '/v1/logs') return { status: 404 };
      const sent: Export = JSON.parse(body);
      collector.#take(sent);
      return { status: 200, body: '{}' };
    });
    return collector;
  }

  get url(): string {
    return this.#server?.url ?? '';
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  #take({ resourceLogs }: Export): void {
    for (const { body, attributes } of resourceLogs.flatMap(({ scopeLogs }) =>
      scopeLogs.flatMap(({ logRecords }) => logRecords),
    )) {
      const uid = attributes.find(({ key }) => key === 'log.record.uid')?.value.stringValue ?? '';
      this.records.push({ body: body.stringValue ?? '', uid });
    }
  }
}
