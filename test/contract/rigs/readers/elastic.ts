import { RecordedSearch } from '../../../support/recorded-search.ts';
import { FLOOD, lineTexts, type ReaderRig } from '../../reader-rig.ts';
import { Relay } from '../../support/relay.ts';
import { silentTcp } from '../../support/silent-server.ts';

const FEW = 5_000;

const optionsAt = (port: number) => ({
  ...{ es_host: `http://127.0.0.1:${port}`, es_index: 'app', es_cron_offset: 'n' },
  ...{ es_poll_interval: '10ms', es_delay_time: '10', es_delay_time_unit: 'millisecond' },
});

/** A recorded server; before it is there, nobody answers. */
export const elasticRig: ReaderRig = {
  make: async (place) => {
    const source = await elasticRig.absent(place);
    await source.appear();
    return source;
  },
  absent: async () => {
    const server = await RecordedSearch.open();
    const relay = await Relay.to(Number(new URL(server.url).port));
    await relay.cut();
    let documents = 0;
    const put = (words: readonly string[]) =>
      server.put(
        'app',
        words.map((word) => {
          documents += 1;
          return JSON.stringify({ n: documents, word });
        }),
      );
    return {
      options: optionsAt(relay.port),
      appear: () => relay.restore(),
      add: async (from, to) => put(lineTexts(from, to)),
      // What the server holds is held by this process, too.
      flood: async () => put(Array.from({ length: FEW }, () => 'x'.repeat(FLOOD.lineBytes))),
      release: () => relay.close(),
      dispose: async () => {
        await relay.close();
        await server.close();
      },
    };
  },
  absence: 'told',
  resumes: true,
  silent: { open: silentTcp, options: optionsAt },
};
