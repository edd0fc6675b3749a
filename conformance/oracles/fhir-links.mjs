// What no validator here looks at (FHIR R4 leaves it to the reader):
// references that lead somewhere, ids that are there once, a code that has its
// system (qty-3), periods that do not run backwards (per-1). fhir-links.mjs PATH...
import { Report, files, readJSON } from './report.mjs';

function* objects(value, at) {
  if (Array.isArray(value)) {
    for (const [i, v] of value.entries()) yield* objects(v, `${at}[${i}]`);
  } else if (value && typeof value === 'object') {
    yield [value, at];
    for (const [k, v] of Object.entries(value)) yield* objects(v, `${at}.${k}`);
  }
}

function faultsOf(resource, known) {
  const faults = [];
  for (const [o, at] of objects(resource, resource.resourceType)) {
    if (typeof o.reference === 'string' && !known.has(o.reference)) faults.push(`${at}: nothing is at ${o.reference}`);
    if (typeof o.value === 'number' && o.code !== undefined && o.system === undefined) faults.push(`${at}: a code without its system`);
    if (typeof o.start === 'string' && typeof o.end === 'string' && Date.parse(o.start) > Date.parse(o.end)) {
      faults.push(`${at}: ends before it starts`);
    }
  }
  return faults;
}

const report = new Report();
for (const file of files(process.argv.slice(2), '.json')) {
  const { entry = [] } = readJSON(file);
  const known = new Set(entry.flatMap((e) => [e.fullUrl, `${e.resource.resourceType}/${e.resource.id}`]));
  const seen = new Set();
  for (const { fullUrl, resource } of entry) {
    const name = `${resource.resourceType}/${resource.id}`;
    const faults = faultsOf(resource, known);
    if (seen.has(name)) faults.push('the same id twice');
    if (fullUrl !== undefined && seen.has(fullUrl)) faults.push('the same fullUrl twice');
    seen.add(name).add(fullUrl);
    report.check(name, faults);
  }
}
report.done();
