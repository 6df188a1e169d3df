/** What a proposal assumed and what it left out, a line each, for the terminal and for the head of the definition. Pure. */
import { shownLocation } from '../core/location.js';
import type { ObjectInfo } from '../store/object-store.js';
import type { SampleColumns } from './init-columns.js';
import { formatOf } from './init-format.js';
import type { ProposedLayout } from './init-layout.js';
import { describePassedOver } from './init-survey.js';
import type { PassedOver } from './init-survey.js';

export interface Found {
  readonly store: string;
  readonly layout: ProposedLayout;
  /** The object whose columns were read. */
  readonly sample: ObjectInfo;
  readonly columns: SampleColumns;
  /** What is named by time. */
  readonly unit: 'folder' | 'file';
  readonly passedOver: readonly PassedOver[];
  /** Objects that the proposed input does not take. */
  readonly strays: readonly ObjectInfo[];
  /** The proposed target, without its partitions. */
  readonly place: string;
}

export function notesOf({
  store,
  layout,
  sample,
  columns,
  unit,
  passedOver,
  strays,
  place,
}: Found): string[] {
  const { format, certain } = formatOf(sample.path);
  const { time } = layout;
  return [
    ...(time === null
      ? ['no time in the names: every partition is listed by its values']
      : [
          'time zone: nothing in the names says it, UTC was assumed',
          `the last ${unit} is of ${time.last}: add end: ${time.last} if nothing newer will come`,
        ]),
    ...layout.unsure,
    ...(passedOver.length > 0 ? [`passed over: ${describePassedOver(store, passedOver)}`] : []),
    ...(strays.length > 0 ? [leftOut(store, strays)] : []),
    ...(certain ? [] : [`format: the name of ${sample.path} does not say it, ${format} was assumed`]),
    ...(columns.delimiter === null
      ? []
      : [
          `delimiter: the first line of ${sample.path} has no comma, ${JSON.stringify(columns.delimiter)} was assumed`,
        ]),
    ...(time !== null && columns.timeColumn === null
      ? ['rows are not checked against their partition by a column: none lies in it']
      : []),
    `target: ${place} is a place to try it; change it to where the partitions should go`,
  ];
}

function leftOut(store: string, strays: readonly ObjectInfo[]): string {
  const first = shownLocation({ store, path: strays[0]!.path });
  return strays.length === 1
    ? `left out: 1 object does not fit the layout: ${first}`
    : `left out: ${strays.length} objects do not fit the layout, the first is ${first}`;
}
