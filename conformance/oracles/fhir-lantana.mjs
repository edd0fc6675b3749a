// Lantana's `fhir` reads every resource: required codes, unknown properties.
// fhir-lantana.mjs [--xml DIR] PATH... also writes them as XML Bundles of 500.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { Report, resources } from './report.mjs';

const { Fhir } = createRequire(import.meta.url)('fhir');
const fhir = new Fhir();

// validate leaves out warnings: the package has no LOINC and warns of every code.
function validate(resource) {
  const { messages } = fhir.validate(resource, { errorOnUnexpected: true });
  return messages
    .filter((m) => m.severity === 'error' || m.severity === 'fatal')
    .map((m) => `${m.location ?? ''} ${m.message}`);
}

function writeXML(dir, batch, number) {
  const bundle = { resourceType: 'Bundle', type: 'collection', entry: batch.map((resource) => ({ resource })) };
  fs.writeFileSync(path.join(dir, `bundle-${String(number).padStart(4, '0')}.xml`), fhir.objToXml(bundle));
}

const args = process.argv.slice(2);
const dir = args[0] === '--xml' ? args.splice(0, 2)[1] : undefined;
const report = new Report();
let batch = [];
let number = 0;
for (const [where, resource] of resources(args)) {
  report.check(where, validate(resource));
  if (!dir) continue;
  batch.push(resource);
  if (batch.length === 500) writeXML(dir, batch.splice(0), number++);
}
if (dir && batch.length > 0) writeXML(dir, batch, number);
report.done();
