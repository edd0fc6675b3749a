// The National Library of Medicine's UCUM reads every unit of the vocabulary's
// table and every unit that occurs in the resources, and works out every factor
// of the table for itself: ucum.mjs UNITS.CSV PATH...
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { Report, resources } from './report.mjs';

const ucum = createRequire(import.meta.url)('@lhncbc/ucum-lhc').UcumLhcUtils.getInstance();
const UCUM = 'http://unitsofmeasure.org';

function* unitsIn(value) {
  if (Array.isArray(value)) {
    for (const v of value) yield* unitsIn(v);
  } else if (value && typeof value === 'object') {
    if (value.system === UCUM && value.code !== undefined) yield value.code;
    for (const v of Object.values(value)) yield* unitsIn(v);
  }
}

const [table, ...paths] = process.argv.slice(2);
const rows = fs.readFileSync(table, 'utf8').trim().split('\n').slice(1).map((line) => line.split(','));
const units = new Map(rows.map(([code]) => [code, 'units.csv'])); // code → where it was first seen
for (const [where, resource] of resources(paths)) {
  for (const code of unitsIn(resource)) if (!units.has(code)) units.set(code, where);
}

const report = new Report();
for (const [code, where] of units) {
  const { status, msg } = ucum.validateUnitString(code, true);
  report.check(`${where} ${code}`, status === 'valid' ? [] : [msg?.join(' ') || status]);
}

// A factor says how many base units of its dimension one unit is, so that two
// units of a dimension convert by the quotient. What has an offset is compared
// at one point; arbitrary units do not convert.
const number = (text) => { const [a, b = 1] = text.split('/'); return Number(a) / Number(b); };
const toBase = ([, , factor, offset], x) => (x + Number(offset || 0)) * number(factor);
const first = new Map();
for (const row of rows) {
  const [code, dimension] = row;
  if (/^(arbitrary|score|steps|daily_steps)/.test(dimension)) continue;
  if (!first.has(dimension)) first.set(dimension, row);
  const base = first.get(dimension);
  const { toVal, msg } = ucum.convertUnitTo(code, 100, base[0]);
  const want = toBase(row, 100);
  const got = toVal === null ? NaN : toBase(base, toVal);
  const near = Math.abs(got - want) <= 1e-9 * Math.abs(want);
  report.check(`units.csv ${code}`, near ? [] : [`100 are ${want} by the table and ${got} by UCUM ${msg?.join(' ') ?? ''}`]);
}
report.done();
