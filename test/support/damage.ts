/** Damage to bytes and to JSON, drawn by fast-check: what a disk, a proxy or a stranger may make of a file. */
import fc from 'fast-check';

export type Damage = (bytes: Buffer) => Buffer;

/** Flipped bits, a cut end, a cut beginning, a hole, noise in between, nothing at all. */
export function damages(): fc.Arbitrary<Damage> {
  const at = fc.double({ min: 0, max: 0.999999, noNaN: true });
  const place = (bytes: Buffer, where: number) => Math.floor(where * bytes.length);
  return fc.oneof(
    fc.tuple(fc.array(at, { minLength: 1, maxLength: 8 }), fc.nat(7)).map(([places, bit]): Damage => {
      return (bytes) => {
        const out = Buffer.from(bytes);
        for (const where of places) if (out.length > 0) out[place(out, where)]! ^= 1 << bit;
        return out;
      };
    }),
    at.map(
      (where): Damage =>
        (bytes) =>
          bytes.subarray(0, place(bytes, where)),
    ),
    at.map(
      (where): Damage =>
        (bytes) =>
          bytes.subarray(place(bytes, where)),
    ),
    fc.tuple(at, fc.uint8Array({ minLength: 1, maxLength: 16 })).map(([where, noise]): Damage => {
      return (bytes) =>
        Buffer.concat([bytes.subarray(0, place(bytes, where)), noise, bytes.subarray(place(bytes, where))]);
    }),
    fc.constant((): Buffer => Buffer.alloc(0)),
  );
}

/** JSON in which one member has a value that it should not have, or is gone, or has a twin with another name. */
export function jsonDamages(): fc.Arbitrary<Damage> {
  return fc.tuple(fc.nat(1_000_000), STRANGE).map(([seed, strange]): Damage => {
    return (bytes) => {
      const json = JSON.parse(bytes.toString()) as unknown;
      const places = placesIn(json);
      const [parent, name] = places[seed % places.length]!;
      if (parent === null) return Buffer.from(JSON.stringify(strange));
      if (seed % 5 === 0) Reflect.deleteProperty(parent, name);
      else Reflect.set(parent, name, strange);
      return Buffer.from(JSON.stringify(json) ?? '');
    };
  });
}

const STRANGE: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    0,
    1e308,
    2 ** 53,
    0.5,
    '',
    '../../../outside',
    '/etc/passwd',
    '__proto__',
    'x'.repeat(100_000),
    [],
    {},
    [null],
    [[]],
    { key: null },
    '9999-99-99T99:99:99Z',
  ),
  fc.string({ maxLength: 20 }),
  fc.integer(),
);

/** Every member of every object and array in it, and the value itself. */
function placesIn(json: unknown): [object | null, string][] {
  const places: [object | null, string][] = [[null, '']];
  const visit = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return;
    for (const name of Object.keys(value)) {
      places.push([value, name]);
      visit((value as Record<string, unknown>)[name]);
    }
  };
  visit(json);
  return places;
}
