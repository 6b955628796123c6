import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../shared/kernel/errors.ts';
import { type Frame, FrameDecoder } from '../../../shared/rpc/tcp/frame-decoder.ts';
import { type HandFrame, handFrame } from './support/hand-frames.ts';

const LIMITS = { metadataBytesMax: 1_000, payloadBytesMax: 20_000 };
const FRAME_BYTES_MAX = 22 + LIMITS.metadataBytesMax + LIMITS.payloadBytesMax;

function decoding(limits = LIMITS) {
  const frames: { id: bigint; type: number; metadata: string; payload: string }[] = [];
  const tooLarge: number[] = [];
  const decoder = new FrameDecoder(limits, {
    frame: (frame: Frame) => {
      const { bytes, at, metadataBytes, payloadBytes } = frame;
      frames.push({
        id: (BigInt(frame.idHigh) << 32n) + BigInt(frame.idLow),
        type: frame.type,
        metadata: bytes.toString('latin1', at, at + metadataBytes),
        payload: bytes.toString('latin1', at + metadataBytes, at + metadataBytes + payloadBytes),
      });
    },
    tooLarge: ({ metadataBytes, payloadBytes }) => tooLarge.push(metadataBytes + payloadBytes),
  });
  return { decoder, frames, tooLarge };
}

const anyFrame = fc.record({
  type: fc.integer({ min: 1, max: 6 }),
  id: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  metadata: fc.uint8Array({ maxLength: 300 }),
  payload: fc.uint8Array({ maxLength: 9_000 }),
});

function* cutInto(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

describe('decoding frames', () => {
  it('reads the same frames, however the stream is cut', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 12 }), sizes, (sent, cuts) => {
        const { decoder, frames } = decoding();
        const stream = Buffer.concat(sent.map((frame) => handFrame(frame)));
        for (const chunk of cutInto(stream, cuts)) decoder.push(chunk);
        expect(frames).toEqual(
          sent.map(({ id, type, metadata, payload }) => ({
            ...{ id, type },
            metadata: Buffer.from(metadata).toString('latin1'),
            payload: Buffer.from(payload).toString('latin1'),
          })),
        );
      }),
    );
  });

  it('reads a frame that comes byte by byte, in a buffer that is no larger than the frame', () => {
    const { decoder, frames } = decoding();
    const bytes = handFrame({
      type: 1,
      id: 7n,
      metadata: 'm'.repeat(100),
      payload: 'p'.repeat(9_000),
    });
    for (const byte of bytes) {
      decoder.push(Buffer.of(byte));
      expect(decoder.heldCapacityBytes).toBeLessThanOrEqual(bytes.length);
    }
    expect(frames).toEqual([
      { type: 1, id: 7n, metadata: 'm'.repeat(100), payload: 'p'.repeat(9_000) },
    ]);
    expect(decoder.heldCapacityBytes).toBe(0);
  });

  it('allocates by what came, not by what a header promises', () => {
    const { decoder } = decoding({ metadataBytesMax: 1_000, payloadBytesMax: 2 ** 31 });
    decoder.push(handFrame({ type: 1, id: 1n, payload: Buffer.alloc(1_000_000) }).subarray(0, 30));
    expect(decoder.heldCapacityBytes).toBeLessThanOrEqual(4_096);
  });

  it('passes over what is too large, keeps nothing of it, and reads what follows', () => {
    const { decoder, frames, tooLarge } = decoding();
    const large = handFrame({ type: 1, id: 1n, payload: Buffer.alloc(50_000) });
    const next = handFrame({ type: 2, id: 2n, payload: 'next' });
    for (const chunk of cutInto(Buffer.concat([large, next]), [10, 1_000])) {
      decoder.push(chunk);
      expect(decoder.heldCapacityBytes).toBeLessThanOrEqual(22);
    }
    expect(tooLarge).toEqual([50_000]);
    expect(frames.map(({ payload }) => payload)).toEqual(['next']);
  });

  it('R7: a header that promises 4 GiB has nothing allocated', () => {
    const { decoder, tooLarge } = decoding();
    const header = handFrame({ type: 1, id: 1n });
    header.writeUInt32BE(0xffff_ffff, 14);
    header.writeUInt32BE(0xffff_ffff, 18);
    decoder.push(header);
    expect(tooLarge).toEqual([2 * 0xffff_ffff]);
    expect(decoder.heldCapacityBytes).toBe(0);
  });

  it.each<{ what: string; frame: Partial<HandFrame>; message: RegExp }>([
    { what: 'magic', frame: { magic: 0x1234 }, message: /magic is 0x1234/ },
    { what: 'version', frame: { version: 2 }, message: /version is 0x2/ },
    { what: 'type', frame: { type: 0 }, message: /type is 0x0/ },
    { what: 'type that is not known', frame: { type: 7 }, message: /type is 0x7/ },
  ])('refuses another $what', ({ frame, message }) => {
    const { decoder } = decoding();
    const push = () => decoder.push(handFrame({ type: 1, id: 1n, ...frame }));
    expect(push).toThrow(message);
    expect(push).toThrow(AppError);
  });

  it('neither crashes on any bytes nor allocates beyond the limit', () => {
    const plausible = fc
      .tuple(fc.integer({ min: 0, max: 8 }), fc.uint8Array({ minLength: 18, maxLength: 4_000 }))
      .map(([type, rest]) => Buffer.concat([Buffer.of(0x3f, 0x3f, 1, type), rest]));
    const chunks = fc.array(fc.oneof(plausible, fc.uint8Array({ maxLength: 500 })), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(chunks, (stream) => {
        const { decoder } = decoding();
        for (const chunk of stream) {
          try {
            decoder.push(Buffer.from(chunk));
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(AppError);
            return;
          }
          expect(decoder.heldCapacityBytes).toBeLessThanOrEqual(FRAME_BYTES_MAX);
        }
      }),
      { numRuns: 500 },
    );
  });
});
