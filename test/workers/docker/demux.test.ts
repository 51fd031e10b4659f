import t from 'tap';
import { demux } from '../../../src/workers/docker/demux.ts';

function frame(channel: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(channel);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

t.test('output comes apart however it is cut', async (t) => {
  const bytes = Buffer.concat([frame(1, 'out'), frame(2, 'error'), frame(1, ''), frame(1, ' and out')]);
  for (const size of [1, 2, 3, 7, 8, 9, bytes.length]) {
    async function* cut(): AsyncGenerator<Buffer> {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    }
    const text = { stdout: '', stderr: '' };
    for await (const { channel, data } of demux(cut())) text[channel] += data.toString();
    t.same(text, { stdout: 'out and out', stderr: 'error' }, `pieces of ${size}`);
  }
});
