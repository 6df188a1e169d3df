/** Dates in file names: `orders_2025-01-03.csv` as `orders_{dt}.csv`. Only where most files are named alike but for the date. Pure. */
import { lastSegment } from '../core/location.js';
import type { ObjectInfo } from '../store/object-store.js';
import type { PassedOver } from './init-survey.js';
import { oddNames, type ProposedTime, readUnits } from './init-time.js';

export interface DatedFiles {
  readonly time: ProposedTime;
  /** Of the file in the input's template. */
  readonly file: string;
  /** The files that have such a name. */
  readonly objects: readonly ObjectInfo[];
  /** The unit of one of them. */
  readonly unitOf: (object: ObjectInfo) => string;
  readonly passedOver: readonly PassedOver[];
}

interface Dated {
  readonly object: ObjectInfo;
  readonly before: string;
  readonly text: string;
  readonly after: string;
}

const NAME = /^(.*?)(?<!\d)(\d{4}-\d\d-\d\dT\d\d|\d{4}-\d\d-\d\d|\d{4}-W\d\d|\d{4}-\d\d|\d{8})(?!\d)(.*)$/;

/** Null where most of the files say no date, or not at the same place. */
export function readFileNames(objects: readonly ObjectInfo[]): DatedFiles | null {
  const dated = objects.flatMap((object): Dated[] => {
    const [, before = '', text, after = ''] = NAME.exec(lastSegment(object.path)) ?? [];
    return text === undefined || /[{}*?[\]]/.test(before + after) ? [] : [{ object, before, text, after }];
  });
  const [sample] = dated;
  if (sample === undefined) return null;
  const alike = dated.filter(({ before, after }) => before === sample.before && after === sample.after);
  const odd = oddNames(alike.map(({ text }) => text));
  const kept = alike.filter(({ text }) => !odd.has(text));
  if (kept.length * 2 <= objects.length) return null;
  const segment = readUnits(kept.map(({ text }) => text).sort());
  if (segment === null) return null;
  const { time, pattern } = segment;
  const taken = new Map(kept.map(({ object, text }) => [object, text]));
  return {
    time,
    file: `${sample.before}{${time.name}${pattern === null ? '' : `:${pattern}`}}${sample.after}`,
    objects: kept.map(({ object }) => object),
    unitOf: (object) => readUnits([taken.get(object)!])!.time.last,
    passedOver: objects
      .filter((object) => !taken.has(object))
      .map(({ path }) => ({ path, why: `no ${time.grain} in its name` })),
  };
}
