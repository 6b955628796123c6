import { get, type IncomingMessage } from 'node:http';
import type { Json } from './fleet-process.ts';
import { waitFor } from './wait-for.ts';

export interface StreamEvent {
  readonly event: string;
  readonly id: string;
  readonly data: Json;
}

/** A client of server-sent events that can stand still. */
export class EventStream {
  readonly events: StreamEvent[] = [];
  comments = 0;
  isEnded = false;
  /** The connection went before the answer was whole. */
  isCut = false;
  readonly #answer: IncomingMessage;
  #text = '';

  private constructor(answer: IncomingMessage) {
    this.#answer = answer;
    answer.setEncoding('utf8');
    answer.on('data', (chunk: string) => this.#take(chunk));
    answer.on('close', () => {
      this.isEnded = true;
    });
    answer.on('error', () => {
      this.isCut = true;
    });
  }

  static open(url: string, headers: Readonly<Record<string, string>>): Promise<EventStream> {
    return new Promise((resolve, reject) => {
      get(url, { headers, agent: false }, (answer) => resolve(new EventStream(answer))).once(
        'error',
        reject,
      );
    });
  }

  get status(): number {
    return this.#answer.statusCode ?? 0;
  }

  header(name: string): string {
    return String(this.#answer.headers[name]);
  }

  pause(): void {
    this.#answer.pause();
  }

  resume(): void {
    this.#answer.resume();
  }

  close(): void {
    this.#answer.destroy();
  }

  /** The first so many events, once they are there. */
  async first(count: number): Promise<readonly StreamEvent[]> {
    await waitFor(`${count} events`, () => this.events.length >= count);
    return this.events.slice(0, count);
  }

  #take(chunk: string): void {
    const parts = (this.#text + chunk).split('\n\n');
    this.#text = parts.pop() ?? '';
    for (const part of parts) {
      if (part === ':') this.comments += 1;
      const fields = new Map(
        part.split('\n').map((line) => [line.split(': ', 1)[0], line.replace(/^\w+: /, '')]),
      );
      const event = fields.get('event');
      const data: Json = JSON.parse(fields.get('data') ?? 'null');
      if (event !== undefined) this.events.push({ event, id: fields.get('id') ?? '', data });
    }
  }
}
