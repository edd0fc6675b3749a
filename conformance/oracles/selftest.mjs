// Shows that every oracle can fail: each gets documents with one fault, which
// it has to name, and one without, which it has to pass. selftest.mjs
// Where FHIR_XSD, TERRA_SCHEMAS, ORACLE_PYTHON (the interpreter) or ORACLE_JAVA (the
// class path) is not set, what needs it is left out.
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { Encoder } from '@garmin/fitsdk';
import { Report } from './report.mjs';

const here = path.dirname(new URL(import.meta.url).pathname);
const { FHIR_XSD, TERRA_SCHEMAS, ORACLE_PYTHON, ORACLE_JAVA } = process.env;
const temp = fs.mkdtempSync(path.join(os.tmpdir(), 'selftest-'));
const report = new Report();
let count = 0;

// expect runs an oracle over one file; says is what a fault has to say, and
// absent where there is none.
async function expect(claim, says, oracle, args, name, content) {
  const dir = path.join(temp, String(count++));
  fs.mkdirSync(dir);
  fs.writeFileSync(path.join(dir, name), Buffer.isBuffer(content) || typeof content === 'string' ? content : JSON.stringify(content));
  const { status, output } = await run(oracle, [...args, dir]);
  report.check(`${oracle}, ${claim}`, verdict(status, output, says));
}

function run(oracle, args) {
  return new Promise((resolve) => {
    const child = spawn(...command(oracle, args));
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { output += text; });
    child.on('close', (status) => resolve({ status, output }));
  });
}

function command(oracle, args) {
  if (oracle.endsWith('.py')) return [ORACLE_PYTHON, ['-B', path.join(here, oracle), ...args]];
  if (oracle.endsWith('.java')) return ['java', ['-Dshown=500', '-cp', ORACLE_JAVA, 'Validate', ...args]];
  return [process.execPath, [path.join(here, `${oracle}.mjs`), ...args]];
}

function verdict(status, output, says) {
  if (says === undefined) return status === 0 ? [] : [`refuses what is right: ${output.trim()}`];
  if (status === 0) return ['finds no fault'];
  return output.includes(says) ? [] : [`does not say "${says}": ${output.trim()}`];
}

const bodyWeight = {
  resourceType: 'Observation', id: '1', status: 'final',
  meta: { profile: ['http://hl7.org/fhir/StructureDefinition/bodyweight'] },
  category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] }],
  code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
  subject: { reference: 'Patient/1' },
  effectiveDateTime: '2026-01-05',
  valueQuantity: { value: 70.5, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
};
const pressure = (code, value) => ({
  code: { coding: [{ system: 'http://loinc.org', code }] },
  valueQuantity: { value, unit: 'mmHg', system: 'http://unitsofmeasure.org', code: 'mm[Hg]' },
});
const bloodPressure = (component) => ({
  meta: { profile: ['http://hl7.org/fhir/StructureDefinition/bp'] },
  code: { coding: [{ system: 'http://loinc.org', code: '85354-9' }] },
  valueQuantity: undefined, component,
});
const patient = { resourceType: 'Patient', id: '1' };
const bundle = (...all) => ({ resourceType: 'Bundle', type: 'collection', entry: all.map((resource) => ({ resource })) });
const weightWith = (change) => bundle(patient, { ...bodyWeight, ...change });
const quantity = (change) => ({ valueQuantity: { ...bodyWeight.valueQuantity, ...change } });

async function fhir() {
  const cases = [
    ['fhir-medplum', 'a right one', undefined, {}],
    ['fhir-medplum', 'no status', 'status', { status: undefined }],
    ['fhir-medplum', 'a value and a reason for its absence', 'obs-6', { dataAbsentReason: { text: 'unknown' } }],
    ['fhir-medplum', 'a misspelt property', 'statuss', { statuss: 'final' }],
    ['fhir-medplum', 'a profile whose demand is not met', 'observation-bodyweight', { effectiveDateTime: undefined }],
    ['fhir-medplum', 'a right blood pressure', undefined, bloodPressure([pressure('8480-6', 120), pressure('8462-4', 80)])],
    ['fhir-medplum', 'a blood pressure without its lower value', 'DiastolicBP', bloodPressure([pressure('8480-6', 120), pressure('8867-4', 60)])],
    ['fhir-medplum', 'a profile that there is not', 'not in R4', { meta: { profile: ['http://example.org/none'] } }],
    ['fhir-lantana', 'a right one', undefined, {}],
    ['fhir-lantana', 'a status that there is not', 'finished', { status: 'finished' }],
    ['fhir-lantana', 'a misspelt property', 'statuss', { statuss: 'final' }],
    ['fhir-links', 'a right one', undefined, {}],
    ['fhir-links', 'a reference to nothing', 'nothing is at', { subject: { reference: 'Patient/2' } }],
    ['fhir-links', 'a code without its system', 'without its system', quantity({ system: undefined })],
    ['fhir-links', 'a period that runs backwards', 'before it starts',
      { effectiveDateTime: undefined, effectivePeriod: { start: '2026-01-06', end: '2026-01-05' } }],
  ];
  for (const [oracle, claim, says, change] of cases) await expect(claim, says, oracle, [], 'bundle.json', weightWith(change));
  await expect('the same id twice', 'twice', 'fhir-links', [], 'bundle.json', bundle(patient, patient));

  const table = path.join(temp, 'units.csv');
  fs.writeFileSync(table, 'code,dimension,factor,offset\nkg,mass,1000,\ng,mass,1,\n');
  await expect('a right one', undefined, 'ucum', [table], 'bundle.json', weightWith({}));
  await expect('a unit that there is not', 'IU', 'ucum', [table], 'bundle.json', weightWith(quantity({ code: 'IU' })));
  fs.writeFileSync(table, 'code,dimension,factor,offset\nkg,mass,1000,\n[lb_av],mass,453.5,\n');
  await expect('a wrong factor', 'by UCUM', 'ucum', [table], 'bundle.json', weightWith({}));

  if (!FHIR_XSD) return;
  const schema = path.join(FHIR_XSD, 'fhir-single.xsd');
  const xml = (status) => `<Observation xmlns="http://hl7.org/fhir"><status value="${status}"/><code><text value="x"/></code></Observation>`;
  await expect('a right one', undefined, 'fhir-xsd', [schema], 'a.xml', xml('final'));
  await expect('a status that there is not', 'finished', 'fhir-xsd', [schema], 'a.xml', xml('finished'));
}

// hl7 starts HL7's validator once for all of its documents, since that takes
// longer than to read them: what it says of each begins with the file's name.
async function hl7() {
  if (!ORACLE_JAVA) return;
  const weight = (change) => ({ ...bodyWeight, performer: [bodyWeight.subject], ...change });
  const cases = {
    'a right one': [undefined, weight({})],
    'a right blood pressure': [undefined, weight(bloodPressure([pressure('8480-6', 120), pressure('8462-4', 80)]))],
    'a status that there is not': ['finished', weight({ status: 'finished' })],
    'no status': ['minimum required = 1', weight({ status: undefined })],
    'a misspelt property': ["Unrecognized property 'statuss'", weight({ statuss: 'final' })],
    'a value and a reason for its absence': ['obs-6', weight({ dataAbsentReason: { text: 'unknown' } })],
    'a date that there is not': ['2026-02-30', weight({ effectiveDateTime: '2026-02-30' })],
    'a period that runs backwards': ['per-1', weight({ effectiveDateTime: undefined, effectivePeriod: { start: '2026-01-06', end: '2026-01-05' } })],
    'a code without its system': ['qty-3', weight(quantity({ system: undefined }))],
    'a unit that there is not': ['mcg', weight({ meta: undefined, ...quantity({ code: 'mcg' }) })],
    'a unit that the profile has not': ['stone', weight(quantity({ code: '[stone_av]' }))],
    'a profile whose demand is not met': ['Observation.effective[x]', weight({ effectiveDateTime: undefined })],
    'a blood pressure without its lower value': ['DiastolicBP', weight(bloodPressure([pressure('8480-6', 120)]))],
    'a profile that there is not': ['http://example.org/none', weight({ meta: { profile: ['http://example.org/none'] } })],
    'a LOINC code whose check digit is wrong': ['29463-8', weight({ meta: undefined, code: { coding: [{ system: 'http://loinc.org', code: '29463-8' }] } })],
    'a code that its system has not': ['vitals', weight({ category: [{ coding: [{ ...bodyWeight.category[0].coding[0], code: 'vitals' }] }] })],
    'a document without its Composition': ['The first entry in a document', { ...bundle(patient), type: 'document' }],
    'a warning that is not explained': ['dom-6', { resourceType: 'Device', id: '1' }],
  };
  const dir = path.join(temp, 'hl7');
  fs.mkdirSync(dir);
  for (const [claim, [, doc]] of Object.entries(cases)) fs.writeFileSync(path.join(dir, `${claim}.json`), JSON.stringify(doc));
  const list = path.join(temp, 'warnings.csv');
  fs.writeFileSync(list, `at,message,reason\nObservation$,dom-6,a reason\nNowhere,never said,a reason\n`);
  const { output } = await run('fhir-hl7.java', [list, dir]);
  for (const [claim, [says]] of Object.entries(cases)) {
    const said = output.split('\n').filter((line) => line.startsWith(`${claim}.json `)).join('\n');
    report.check(`fhir-hl7.java, ${claim}`, verdict(said ? 1 : 0, said, says));
  }
  report.check('fhir-hl7.java, an explanation of nothing', verdict(1, output, 'no warning is explained by Nowhere, never said'));
}

// servers shows that those who ask a FHIR server find a promise that is not kept.
async function servers() {
  const promises = {
    type: 'Patient', interaction: ['read', 'search-type', 'patch'].map((code) => ({ code })), operation: [{ name: 'strange' }],
    searchParam: [{ name: 'active', type: 'token' }, { name: 'nonsense', type: 'string' }],
  };
  const entry = [{ fullUrl: 'http://example.org/Patient/1', resource: { ...patient, active: true }, search: { mode: 'match' } }];
  const body = { type: 'searchset', resourceType: 'CapabilityStatement', format: ['json'], rest: [{ resource: [promises] }], entry, link: [] };
  await alike('fhir-walk', [], [
    'Patient patch is promised: nobody here knows how to ask', 'Patient $strange is promised: nobody here knows how to ask',
    'Patient?nonsense is R4\'s: R4 has no such parameter', 'Patient?active:missing=true: 1 are found that should not be', 'an unknown parameter: status 200',
  ], body);
  await alike('fhir-refusals', [], ['Patient?active=a|b|c: status 200, want 400', 'no key: status 200, want 401'], body);
}

const at = (minutes) => new Date(Date.UTC(2026, 0, 5, 8, minutes));
const summary = { timestamp: at(30), startTime: at(0), totalElapsedTime: 1800, totalTimerTime: 1800 };
const messages = {
  fileId: { type: 'activity', manufacturer: 'development', product: 1, serialNumber: 1, timeCreated: at(0) },
  first: { timestamp: at(0) }, second: { timestamp: at(30) },
  lap: summary, session: { ...summary, sport: 'running' }, activity: { timestamp: at(30), numSessions: 1, totalTimerTime: 1800 },
};
const number = { fileId: 0, first: 20, second: 20, lap: 19, session: 18, activity: 34 };

function activity(change) {
  const encoder = new Encoder();
  for (const [name, message] of Object.entries({ ...messages, ...change })) {
    if (message) encoder.onMesg(number[name], message);
  }
  return Buffer.from(encoder.close());
}

async function fit() {
  const right = activity({});
  const flipped = Buffer.from(right);
  flipped[30] ^= 1;
  await expect('a right one', undefined, 'fit', [], 'a.fit', right);
  await expect('a flipped bit', 'checkIntegrity', 'fit', [], 'a.fit', flipped);
  await expect('another file', 'is not FIT', 'fit', [], 'a.fit', 'Day,Group');
  await expect('no records', 'no recordMesgs', 'fit', [], 'a.fit', activity({ first: null, second: null }));
  await expect('a time that goes back', 'back in time', 'fit', [], 'a.fit', activity({ first: { timestamp: at(40) } }));
  await expect('a session without its start', 'without startTime', 'fit', [], 'a.fit', activity({ session: { ...messages.session, startTime: undefined } }));
}

const terraUser = { user_id: '1', provider: 'CRONOMETER', active: true, scopes: null, reference_id: null, last_webhook_update: null, created_at: null };

async function terra() {
  if (TERRA_SCHEMAS) {
    const athlete = (doc) => ({ type: 'athlete', user: terraUser, athlete: doc });
    await expect('a right one', undefined, 'terra-schemas', [TERRA_SCHEMAS], 'a.json', athlete({}));
    await expect('a misspelt property', 'agee', 'terra-schemas', [TERRA_SCHEMAS], 'a.json', athlete({ agee: 4 }));
    await expect('text where a number belongs', 'age', 'terra-schemas', [TERRA_SCHEMAS], 'a.json', athlete({ age: 'four' }));
  }
  const event = (doc) => ({ type: 'deauth', version: '2022-03-16', status: 'success', message: 'gone', ...doc });
  if (TERRA_SCHEMAS) {
    await expect('a right event', undefined, 'terra-schemas', [TERRA_SCHEMAS], 'a.json', event({ user: terraUser }));
    await expect('an event without its user', 'user', 'terra-schemas', [TERRA_SCHEMAS], 'a.json', event({}));
    await expect('an event with a misspelt property', 'usr', 'terra-schemas', [TERRA_SCHEMAS], 'a.json', event({ user: terraUser, usr: 1 }));
    await expect('an event that Terra does not have', 'an event of type moved', 'terra-schemas', [TERRA_SCHEMAS], 'a.json', event({ type: 'moved' }));
  }
  const strict = [path.join(here, '..', '..', 'schemas')];
  const left = { type: 'deauth', version: '2022-03-16', status: 'success', message: 'gone', user: { ...terraUser, user_id: 'a-1' } };
  await expect('a right event', undefined, 'strict-schemas', strict, 'a.json', left);
  await expect('an event with a misspelt property', 'usr', 'strict-schemas', strict, 'a.json', { ...left, usr: 1 });
  await expect('an event that there is not', 'no schema event/moved', 'strict-schemas', strict, 'a.json', { ...left, type: 'moved' });
  const answer = (status, body) => ({ method: 'GET', path: 'integrations', status, body });
  await expect('an answer that is another', 'terra/integrations', 'strict-schemas', strict, 'a.json', answer(200, { status: 'success' }));
  await expect('a refusal without its reason', 'terra/problem', 'strict-schemas', strict, 'a.json', answer(404, { status: 'error' }));
  for (const folder of ['terra', 'fhir', 'fit', 'events']) fs.mkdirSync(path.join(temp, folder));
  await alike('terra-sdk', [temp], [
    'nutrition of a month: type is none',
    'a wrong key is refused: status none, want 401',
    'in a type that there is not: status none, want 406',
    'a user is deauthenticated: got [null,"none"]',
  ]);
  await alike('terra-sdk-1', [], ['the providers: got undefined', 'a wrong key is refused, with a message: not refused']);
  if (ORACLE_PYTHON) {
    await alike('terra-python.py', [path.join(temp, 'events'), '0.2'], [
      'the integrations: got [None, None]', 'a wrong key is refused: got', 'x-terra-signature is not there', "('version',): Field required",
    ]);
  }
  await alike('terra-webhooks', [path.join(temp, 'events'), '0.2'], [
    '0 of 1 deliveries arrived', 'is verified: only by 1.4.8', 'comes again: the same id and bytes, another signature: ', 'both secrets verify: ',
  ]);
}

// alike runs an oracle against a server that answers everything alike, and
// calls whoever makes an endpoint with a signature that only 1.4.8 can take: it
// is old, and Standard Webhooks' is not there.
async function alike(oracle, args, says, body = {}) {
  const secret = `whsec_${Buffer.alloc(32).toString('base64')}`;
  const same = JSON.stringify({ users: [{ user_id: '1' }], type: 'none', data: [], id: '1', reference: 'r', secret, ...body });
  const server = http.createServer(async (request, answer) => {
    let body = '';
    for await (const text of request) body += text;
    answer.setHeader('content-type', 'application/json').end(same);
    const { url } = request.url.endsWith('/endpoints') ? JSON.parse(body) : {};
    if (!url) return;
    const sum = crypto.createHmac('sha256', secret).update('1.{}').digest('hex');
    await fetch(url, { method: 'POST', body: '{}', headers: { 'terra-reference': 'r', 'terra-signature': `t=1,v1=${sum}`, 'webhook-timestamp': String(Math.floor(Date.now() / 1000)) } });
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const { status, output } = await run(oracle, [`http://127.0.0.1:${server.address().port}`, 'demo', 'demo-key', ...args]);
  server.close();
  server.closeAllConnections();
  report.check(`${oracle}, a server that answers everything alike`, says.flatMap((text) => verdict(status, output, text)));
}

await Promise.all([fhir(), hl7(), servers(), fit(), terra()]);
fs.rmSync(temp, { recursive: true });
report.done();
