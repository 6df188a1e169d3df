import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadProject } from '../../src/dataset/load.js';
import { checkParts, load, loadSales, withProject } from './project.js';

const SALES = `target: s3://lake/clean/sales/dt={dt}/
partition:
  dt: { grain: day, start: 2025-01-01, column: ts }
inputs:
  raw: s3://lake/raw/sales/dt={dt}/*.parquet
checks:
  - notNull: [order_id, ts]
  - unique: [order_id]
  - rowCount: { min: 1, vsInput: [0.9, 1.0] }
`;
const SQL = 'SELECT * FROM raw WHERE ts >= $partition_start AND ts < $partition_end\n';

describe('loadProject', () => {
  it('fills every default into the smallest useful definition', async () => {
    await withProject({ 'partitions/sales.yaml': SALES, 'partitions/sales.sql': SQL }, async (dir) => {
      const { settings, datasets } = await loadProject({ dir, env: {}, checkParts });
      expect(settings).toEqual({
        dir,
        stores: [],
        control: null,
        scratch: null,
        concurrency: { partitions: null, requests: 16, uploads: 4 },
        memory: null,
      });
      const [{ layout, inputs, ...sales }] = datasets as [(typeof datasets)[number]];
      const [{ template, ...raw }] = inputs as [(typeof inputs)[number]];
      expect(layout.root).toEqual({ store: 's3://lake/', path: 'clean/sales/' });
      expect(layout.format({ dt: '2025-01-03' })).toBe('dt=2025-01-03');
      expect(template.root).toEqual({ store: 's3://lake/', path: 'raw/sales/' });
      expect(raw).toEqual({
        name: 'raw',
        dataset: null,
        upstream: null,
        self: null,
        grain: 'day',
        timezone: 'UTC',
        window: [0, 0],
        require: 'all',
        onChange: 'stale',
        marker: null,
        keeps: null,
        format: 'parquet',
        options: {},
      });
      expect(sales).toEqual({
        name: 'sales',
        file: path.join(dir, 'partitions/sales.yaml'),
        target: 's3://lake/clean/sales/dt={dt}/',
        table: 'hive',
        partitionColumns: 'drop',
        write: {
          compression: 'zstd',
          compressionLevel: 3,
          rowGroupRows: null,
          maxFileBytes: 536_870_912,
          sortBy: [],
        },
        time: {
          name: 'dt',
          grain: 'day',
          timezone: 'UTC',
          start: { value: '2025-01-01' },
          end: null,
          availableAfter: 0,
          exclude: [],
          column: 'ts',
        },
        values: [],
        transform: { sql: SQL, file: path.join(dir, 'partitions/sales.sql'), line: 1 },
        checks: [
          { rule: 'notNull', options: ['order_id', 'ts'], severity: 'error', name: 'notNull(order_id, ts)' },
          { rule: 'unique', options: ['order_id'], severity: 'error', name: 'unique(order_id)' },
          { rule: 'rowCount', options: { min: 1, vsInput: [0.9, 1] }, severity: 'error', name: 'rowCount' },
        ],
        schema: { policy: 'additive', columns: null, rename: {} },
        stale: { onInput: true, onDefinition: true, olderThan: null, smallFiles: null },
        allowEmpty: false,
        together: false,
        rollbackKeep: 604_800_000,
        limits: { partitions: 400, inputBytes: null, memory: null, timeout: 3_600_000 },
        owner: null,
        description: null,
        tags: [],
      });
    });
  });

  it('reads every key of the reference', async () => {
    const sales = await loadSales(
      `target:
  url: s3://lake/clean/sales/dt={dt}/region={region}/
  table: hive
  compression: gzip
  rowGroupRows: 100000
  maxFileBytes: 1GB
  sortBy: [region, ts desc]
  partitionColumns: keep
partition:
  dt:
    grain: day
    start: 90d
    end: 2025-06
    timezone: Europe/Berlin
    availableAfter: 6h
    exclude: [sat, sun, 2025-12-25, 2025-03-03..2025-03-04, 2025-04]
    column: ts
  region: { values: [eu, 01, { value: us, start: 2025-02-01, end: 2025-03 }], column: region }
inputs:
  raw:
    url: s3://lake/raw/{dt:yyyy}/{dt:MM}/{dt:dd}/{dt:HH}/*.csv.gz
    grain: hour
    timezone: UTC
    window: -2..1
    require: any
    onChange: ignore
    marker: _SUCCESS
    keeps: 400d
    options: { delimiter: ';' }
  prices: { url: ./prices/, format: ndjson }
transform: |

  SELECT * FROM raw
schema: { policy: strict, columns: { id: BIGINT }, rename: { no: id } }
stale: { on: [input], olderThan: 30d }
allowEmpty: true
together: true
rollback: { keep: 0 }
limits: { partitions: 10, inputBytes: 2GiB, memory: 512MiB, timeout: 90m }
owner: data@example.org
description: Sales by day
tags: [finance, daily]
checks:
  - notNull: [id]
    severity: warn
`,
    );
    expect(sales.write).toEqual({
      compression: 'gzip',
      compressionLevel: null,
      rowGroupRows: 100_000,
      maxFileBytes: 1_000_000_000,
      sortBy: ['region', 'ts desc'],
    });
    expect(sales.partitionColumns).toBe('keep');
    expect(sales.time).toEqual({
      name: 'dt',
      grain: 'day',
      timezone: 'Europe/Berlin',
      start: { rollingMs: 90 * 86_400_000 },
      end: '2025-06-30',
      availableAfter: 6 * 3_600_000,
      exclude: [
        { kind: 'weekday', weekday: 6 },
        { kind: 'weekday', weekday: 7 },
        { kind: 'range', from: '2025-12-25', to: '2025-12-25' },
        { kind: 'range', from: '2025-03-03', to: '2025-03-04' },
        { kind: 'range', from: '2025-04-01', to: '2025-04-30' },
      ],
      column: 'ts',
    });
    expect(sales.values).toEqual([
      {
        name: 'region',
        column: 'region',
        values: [
          { value: 'eu', start: null, end: null },
          { value: '01', start: null, end: null },
          { value: 'us', start: '2025-02-01', end: '2025-03-31' },
        ],
      },
    ]);
    const [raw, prices] = sales.inputs;
    expect(raw).toMatchObject({ grain: 'hour', timezone: 'UTC', window: [-2, 1], require: 'any' });
    expect(raw).toMatchObject({ marker: '_SUCCESS', keeps: 400 * 86_400_000 });
    expect(raw).toMatchObject({ onChange: 'ignore', format: 'csv', options: { delimiter: ';' } });
    expect(prices).toMatchObject({ grain: null, format: 'ndjson', onChange: 'ignore' });
    expect(sales.transform).toMatchObject({ sql: '\nSELECT * FROM raw\n', line: 32 });
    expect(sales.schema).toEqual({ policy: 'strict', columns: { id: 'BIGINT' }, rename: { no: 'id' } });
    expect(sales.stale).toMatchObject({ onInput: true, onDefinition: false, olderThan: 2_592_000_000 });
    expect(sales).toMatchObject({ allowEmpty: true, together: true, rollbackKeep: 0 });
    expect(sales.limits).toEqual({
      partitions: 10,
      inputBytes: 2_147_483_648,
      memory: 536_870_912,
      timeout: 5_400_000,
    });
    expect(sales).toMatchObject({ owner: 'data@example.org', description: 'Sales by day' });
    expect(sales.tags).toEqual(['finance', 'daily']);
    expect(sales.checks[0]?.severity).toBe('warn');
  });

  it('lays definitions over the defaults: mappings merge, lists and scalars replace', async () => {
    const { datasets } = await load({
      'lakefill.yaml': `defaults:
  target: { compression: snappy }
  limits: { partitions: 7, timeout: 5m }
  tags: [all]
  owner: us
`,
      'partitions/a.yaml':
        'target: ./lake/a/\ninputs: { raw: ./in/*.parquet }\nlimits: { timeout: 1m }\ntags: [a]\n',
      'partitions/b.yaml':
        'target: { url: ./lake/b/, compression: zstd }\ninputs: { raw: ./in/*.parquet }\nowner: them\n',
    });
    const [a, b] = datasets;
    expect(a).toMatchObject({ write: { compression: 'snappy' }, tags: ['a'], owner: 'us' });
    expect(a?.limits).toMatchObject({ partitions: 7, timeout: 60_000 });
    expect(b).toMatchObject({ write: { compression: 'zstd' }, tags: ['all'], owner: 'them' });
    expect(b?.limits).toMatchObject({ partitions: 7, timeout: 300_000 });
  });

  it('finds the project upwards, names datasets by their folders, orders by name', async () => {
    const yaml = (name: string) => `target: ./lake/${name}/\ninputs: { raw: ./in/*.parquet }\n`;
    await withProject(
      {
        'partitions/sales.yaml': yaml('sales'),
        'partitions/finance/sales.yaml': yaml('finance-sales'),
        'partitions/.hidden/x.yaml': 'not: a definition',
        'partitions/finance/notes.md': '#',
      },
      async (dir) => {
        await mkdir(path.join(dir, 'deep/er'), { recursive: true });
        const project = await loadProject({ dir: path.join(dir, 'deep/er'), env: {}, checkParts });
        expect(project.settings.dir).toBe(dir);
        expect(project.datasets.map(({ name }) => name)).toEqual(['finance/sales', 'sales']);
        expect(project.datasets[1]?.layout.root.path).toBe(`${dir.slice(1)}/lake/sales/`);
      },
    );
  });

  it('says so when there is no project', async () => {
    await withProject({ 'readme.md': '' }, async (dir) => {
      await expect(loadProject({ dir, env: {}, checkParts })).rejects.toMatchObject({
        code: 'PROJECT_NOT_FOUND',
      });
    });
  });

  it('takes a project without definitions, and the settings as given', async () => {
    const { settings, datasets } = await load({
      'lakefill.yaml': `stores:
  s3://lake/: { region: eu-central-1, pathStyle: true }
  s3://lake/raw/: { endpoint: "http://127.0.0.1:9000" }
scratch: ./tmp
concurrency: { partitions: 3, requests: 8, uploads: 2 }
memory: 4GiB
`,
      'partitions/.keep': '',
    });
    expect(datasets).toEqual([]);
    expect(settings.stores.map(({ prefix }) => prefix)).toEqual(['s3://lake/raw/', 's3://lake/']);
    expect(settings.stores[1]?.options).toEqual({ region: 'eu-central-1', pathStyle: true });
    expect(settings.scratch).toBe(path.join(settings.dir, 'tmp'));
    expect(settings.concurrency).toEqual({ partitions: 3, requests: 8, uploads: 2 });
    expect(settings.memory).toBe(4 * 1024 ** 3);
  });

  it('expands variables in values: text, and numbers where they stand alone', async () => {
    const yaml = `target: s3://\${BUCKET}/clean/
inputs: { raw: "s3://\${BUCKET}/raw/*.parquet" }
limits:
  partitions: \${MOST}
description: costs $\${MOST}
`;
    const sales = await loadSales(yaml, null, { BUCKET: 'lake-42', MOST: '12' });
    expect(sales.target).toBe('s3://lake-42/clean/');
    expect(sales.inputs[0]?.template.root.store).toBe('s3://lake-42/');
    expect(sales.limits.partitions).toBe(12);
    expect(sales.description).toBe('costs ${MOST}');
  });

  it('reads another dataset as that dataset cuts it, in the words of this one', async () => {
    const { datasets } = await load({
      'partitions/hourly.yaml': `target: s3://lake/hourly/day={h:yyyy-MM-dd}/hour={h:HH}/shop={shop}/
partition:
  h: { grain: hour, start: 2025-01-01 }
  shop: { values: [a, b] }
inputs: { raw: "s3://lake/raw/{h:yyyyMMddHH}/{shop}/*.parquet" }
`,
      'partitions/daily.yaml': `target: s3://lake/daily/dt={dt}/
partition: { dt: { grain: day, start: 2025-01-01, timezone: Europe/Berlin } }
inputs: { orders: { dataset: hourly, window: -1..0 } }
`,
    });
    const input = datasets.find(({ name }) => name === 'daily')?.inputs[0];
    expect(input).toMatchObject({ dataset: 'hourly', grain: 'hour', timezone: 'UTC', window: [-1, 0] });
    expect(input).toMatchObject({ format: 'parquet', onChange: 'stale', require: 'all' });
    expect(input?.template.variables).toEqual(['dt']);
    expect(input?.template.match('hourly/day=2025-01-03/hour=07/shop=b/part-0.parquet')).toEqual({
      dt: '2025-01-03T07',
    });
  });
});
