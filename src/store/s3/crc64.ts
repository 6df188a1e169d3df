/** CRC-64/NVME, the checksum that S3 computes by itself: Node has no native one. Eight bytes a step, 32-bit halves. */

const LOW: Uint32Array[] = [];
const HIGH: Uint32Array[] = [];

function tables(): void {
  // The polynomial of NVMe, reflected: 0x9a6c9329ac4bc9b5.
  LOW.push(new Uint32Array(256));
  HIGH.push(new Uint32Array(256));
  for (let i = 0; i < 256; i += 1) {
    let lo = i;
    let hi = 0;
    for (let bit = 0; bit < 8; bit += 1) {
      const carry = lo & 1;
      lo = (lo >>> 1) | (hi << 31);
      hi >>>= 1;
      if (carry) {
        lo ^= 0xac4bc9b5;
        hi ^= 0x9a6c9329;
      }
    }
    LOW[0]![i] = lo;
    HIGH[0]![i] = hi;
  }
  for (let k = 1; k < 8; k += 1) {
    LOW.push(new Uint32Array(256));
    HIGH.push(new Uint32Array(256));
    for (let i = 0; i < 256; i += 1) {
      const lo = LOW[k - 1]![i]!;
      const hi = HIGH[k - 1]![i]!;
      LOW[k]![i] = ((lo >>> 8) | (hi << 24)) ^ LOW[0]![lo & 0xff]!;
      HIGH[k]![i] = (hi >>> 8) ^ HIGH[0]![lo & 0xff]!;
    }
  }
}

export class Crc64Nvme {
  private lo = 0xffffffff;
  private hi = 0xffffffff;

  constructor() {
    if (LOW.length === 0) tables();
  }

  update(data: Uint8Array): void {
    const [l0, l1, l2, l3, l4, l5, l6, l7] = LOW as [Uint32Array, ...Uint32Array[]] & Uint32Array[];
    const [h0, h1, h2, h3, h4, h5, h6, h7] = HIGH as [Uint32Array, ...Uint32Array[]] & Uint32Array[];
    let { lo, hi } = this;
    let i = 0;
    for (const end = data.length - 7; i < end; i += 8) {
      lo ^= data[i]! | (data[i + 1]! << 8) | (data[i + 2]! << 16) | (data[i + 3]! << 24);
      hi ^= data[i + 4]! | (data[i + 5]! << 8) | (data[i + 6]! << 16) | (data[i + 7]! << 24);
      const a = lo & 0xff;
      const b = (lo >>> 8) & 0xff;
      const c = (lo >>> 16) & 0xff;
      const d = lo >>> 24;
      const e = hi & 0xff;
      const f = (hi >>> 8) & 0xff;
      const g = (hi >>> 16) & 0xff;
      const h = hi >>> 24;
      lo = l7![a]! ^ l6![b]! ^ l5![c]! ^ l4![d]! ^ l3![e]! ^ l2![f]! ^ l1![g]! ^ l0[h]!;
      hi = h7![a]! ^ h6![b]! ^ h5![c]! ^ h4![d]! ^ h3![e]! ^ h2![f]! ^ h1![g]! ^ h0[h]!;
    }
    for (; i < data.length; i += 1) {
      const index = (lo ^ data[i]!) & 0xff;
      lo = ((lo >>> 8) | (hi << 24)) ^ l0[index]!;
      hi = (hi >>> 8) ^ h0[index]!;
    }
    this.lo = lo;
    this.hi = hi;
  }

  /** Base64 of the eight bytes, big-endian, as the header has it. */
  digest(): string {
    const out = Buffer.alloc(8);
    out.writeUInt32BE(~this.hi >>> 0, 0);
    out.writeUInt32BE(~this.lo >>> 0, 4);
    return out.toString('base64');
  }
}
