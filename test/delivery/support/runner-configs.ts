import { dirname } from 'node:path';

/** Lines a batch: how many a receiver that knows no keys may get again after a crash. */
export const BATCH_LINES = 100;

export type Mode = 'file' | 'dir' | 'tailx';
export const MODES: readonly Mode[] = ['file', 'dir', 'tailx'];

/** A runner that collects one source. */
export function collects(reader: object, ...senders: readonly object[]): object {
  return { batch_len: BATCH_LINES, reader, parser: { type: 'raw' }, senders };
}

/** Follows `app.log` and its like, but not what rotation makes of it. */
export function follows(path: string, mode: Mode = 'file'): object {
  switch (mode) {
    case 'file':
      return { mode, log_path: path };
    case 'dir':
      return { mode, log_path: dirname(path), valid_file_pattern: '*.log' };
    case 'tailx':
      return { mode, log_path: `${dirname(path)}/*.log` };
  }
}

/** Passes lines on to a file as they are. */
export function toRawFile(path: string): object {
  return { sender_type: 'file', file_send_path: path, file_write_raw: 'true' };
}

/** Makes a JSON record of each line. */
export function toRecordFile(path: string): object {
  return { sender_type: 'file', file_send_path: path };
}

/** Packs each batch, and begins a new file when one is full. */
export function toPackedFile(path: string, bytesMax: number): object {
  return { ...toRawFile(path), file_gzip: 'true', file_rotate_size: String(bytesMax) };
}

/** Makes the four parts of a numbered line fields of a record, all of them texts. */
export const COLUMNS = {
  type: 'csv',
  csv_splitter: ' ',
  csv_schema: 'source string,number string,padding string,checksum string',
};

/** Writes those parts as they were, and begins a new file when one is full. */
export function toCsvFile(path: string, bytesMax: number): object {
  return {
    sender_type: 'csv',
    csv_path_prefix: path,
    csv_fields: 'source,number,padding,checksum',
    csv_delimiter: ' ',
    csv_rotate_size: String(bytesMax),
  };
}

export function toHttp(url: string): object {
  return { sender_type: 'http', http_sender_url: url, http_sender_timeout: '1s' };
}
