/** Bytes that can be read at any place, as those of a file. */
export interface ReadableAt {
  read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>;
}
