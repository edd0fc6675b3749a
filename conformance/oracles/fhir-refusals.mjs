// Asks the running gateway for what it has to refuse: for each search parameter
// that its CapabilityStatement promises, values that are malformed for its type.
// Each has to give 400 and an OperationOutcome that names the parameter; nothing
// may give 500. fhir-refusals.mjs BASE DEV-ID KEY [FOLDER]
import fs from 'node:fs';
import path from 'node:path';
import { Report } from './report.mjs';

const [server, devID, key, folder] = process.argv.slice(2);
const base = `${server}/fhir`;
const report = new Report();
const mine = { 'dev-id': devID, 'x-api-key': key };

async function ask(address, options = {}) {
  const answer = await fetch(address.startsWith('http') ? address : `${base}/${address}`, { ...options, headers: options.headers ?? mine });
  const text = await answer.text();
  let body = {};
  try {
    body = JSON.parse(text);
  } catch { /* it is no JSON, which the checks say */ }
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', body, text };
}

const outcome = ({ body, type }) => body.resourceType === 'OperationOutcome' && body.issue?.length > 0 && type.startsWith('application/fhir+json');

// refused checks one question's status, that an OperationOutcome says why, and that it names what is wrong.
async function refused(claim, address, { want = [400], names = '', ...options } = {}) {
  const answer = await ask(address, options);
  const faults = [];
  if (!want.includes(answer.status)) faults.push(`status ${answer.status}, want ${want.join(' or ')}: ${answer.text.slice(0, 150)}`);
  else if (!outcome(answer)) faults.push(`no OperationOutcome: ${answer.type} ${answer.text.slice(0, 150)}`);
  else if (!JSON.stringify(answer.body).includes(JSON.stringify(names).slice(1, -1))) faults.push(`does not name ${names}: ${answer.text.slice(0, 250)}`);
  if (folder && faults.length === 0) fs.writeFileSync(path.join(folder, `refused-${answer.status}.json`), answer.text);
  report.check(claim, faults);
}

// malformed has values that no parameter of the type may have (R4 search.html).
const malformed = {
  date: ['2026-13-01', '2026-02-30', 'yesterday', 'ge', 'xx2026', '2026-01-05T25:00', '20260105'],
  number: ['ten', 'ge', '1..2', '0x10'],
  quantity: ['heavy', 'gt|kg', '1|2|3|4', 'ge|http://unitsofmeasure.org|kg'],
  reference: ['/', 'Patient/', 'No-Such-Type/1'],
  token: ['a|b|c'],
  composite: ['only-one', 'a$b$c$d'],
};

const statement = (await ask('metadata')).body;
for (const { type, searchParam = [] } of statement.rest[0].resource) {
  for (const { name, type: kind } of searchParam) {
    for (const value of [...malformed[kind] ?? []]) {
      await refused(`${type}?${name}=${value}`, `${type}?${name}=${encodeURIComponent(value)}`, { names: name });
    }
    const { status } = await ask(`${type}?${name}=&_count=1`);
    report.check(`${type}?${name}= is passed over`, status === 200 ? [] : [`status ${status}`]); // R4 search.html: empty parameters are no error
    await refused(`${type}?${name}:no-such-modifier`, `${type}?${name}:no-such-modifier=1`, { names: name });
    await refused(`${type}?${name}:missing=perhaps`, `${type}?${name}:missing=perhaps`, { names: name });
  }
  const controls = {
    _count: ['many', '-1', '1.5'], _sort: ['no-such-parameter'], _summary: ['some'], _total: ['roughly'],
    _include: ['no-such', `${type}:no-such`], _revinclude: ['Nothing:patient', `${type}:no-such`], _page: ['not-a-page'],
  };
  for (const [name, values] of Object.entries(controls)) {
    for (const value of values) await refused(`${type}?${name}=${value}`, `${type}?${name}=${encodeURIComponent(value)}`, { names: name });
  }
  await refused(`${type}?no-such`, `${type}?no-such=1`, { names: 'no-such' });
  await refused(`${type}?_format=csv`, `${type}?_format=csv`, { want: [406] });
  await refused(`${type} chained to nothing`, `${type}?no-such.name=1`, { names: 'no-such' });
  for (const wild of [`_include=*`, '_revinclude=*', `_include=${type}:*`, '_include:iterate=*', '_revinclude:iterate=*']) {
    const { status, text } = await ask(`${type}?_count=1&${wild}`);
    report.check(`${type}?${wild}`, status === 200 || status === 400 ? [] : [`status ${status}: ${text.slice(0, 200)}`]);
  }
}
await refused('a type that there is not', 'Nothing', { want: [404] });
await refused('a resource that there is not', 'Patient/none', { want: [404] });
await refused('a path that there is not', 'Patient/none/none/none', { want: [404] });
await refused('a method that there is not', 'Patient', { method: 'PUT', want: [405, 404] });
await refused('no key', 'Patient', { headers: {}, want: [401] });
await refused('a wrong key', 'Patient', { headers: { ...mine, 'x-api-key': 'wrong' }, want: [401] });
await refused('a wrong token', 'Patient', { headers: { authorization: 'Bearer wrong' }, want: [401] });
await refused('another version', 'Patient', { headers: { ...mine, accept: 'application/fhir+json; fhirVersion=3.0' }, want: [406] });
await refused('a form that is no form', 'Patient/_search', { method: 'POST', headers: { ...mine, 'content-type': 'text/csv' }, body: 'a', want: [415] });
await refused('a search by POST, malformed', 'Observation/_search', {
  method: 'POST', headers: { ...mine, 'content-type': 'application/x-www-form-urlencoded' }, body: 'date=yesterday', names: 'date',
});
report.done();
