// fhir-kit-client walks what a CapabilityStatement promises: each interaction,
// search parameter, include and operation of each type. What is found is compared
// with what R4's own definitions find in the resources (fhir-model); a promise
// that is not kept is a fault, and so is one that nobody here knows how to ask.
// fhir-walk.mjs BASE DEV-ID KEY [FOLDER XML-FOLDER]; answers that validators should
// read go into the folders.
import fs from 'node:fs';
import path from 'node:path';
import { Client } from 'fhir-kit-client';
import { definition, referenceOf, values } from './fhir-model.mjs';
import { probes } from './fhir-probes.mjs';
import { interactions } from './fhir-interactions.mjs';
import { operations } from './fhir-operations.mjs';
import { Report } from './report.mjs';

const [server, devID, key, folder, xmlFolder] = process.argv.slice(2);
const base = `${server}/fhir`;
const headers = { 'dev-id': devID, 'x-api-key': key };
const client = new Client({ baseUrl: base, customHeaders: headers });
const report = new Report();

// A Walk is what interactions and operations are given.
const walk = { server, base, headers, client, all, one, failure, keep, keepXML, raw };

// check counts one promise; faults are texts, or an error that asking threw.
async function check(claim, asks) {
  try {
    report.check(claim, (await asks()) ?? []);
  } catch (err) {
    report.check(claim, [said(err)]);
  }
}

const said = (err) => `${err.response ? `status ${err.response.status}: ${JSON.stringify(err.response.data).slice(0, 300)}` : err.stack}`;

// failure returns the status and body with which asking fails.
async function failure(asks) {
  try {
    await asks();
    return { status: 200 };
  } catch (err) {
    if (!err.response) throw err;
    return { status: err.response.status, body: err.response.data };
  }
}

// raw asks without the client, for what it hides: headers and bytes.
async function raw(address, options = {}) {
  const answer = await fetch(address.startsWith('http') ? address : `${base}/${address}`, { ...options, headers: { ...headers, ...options.headers } });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

function keep(name, text) {
  if (folder) fs.writeFileSync(path.join(folder, name), text);
}

function keepXML(name, text) {
  if (xmlFolder) fs.writeFileSync(path.join(xmlFolder, name), text);
}

// pages yields a search's Bundles, following next as clients do.
async function* pages(type, query, most = Infinity) {
  let page = await client.search({ resourceType: type, searchParams: query });
  for (let n = 1; page; n++) {
    yield page;
    if (n >= most || !page.link?.some((l) => l.relation === 'next')) return;
    page = await client.nextPage({ bundle: page });
  }
}

async function all(type, query, most) {
  const entries = [];
  for await (const page of pages(type, query, most)) entries.push(...(page.entry ?? []).filter((e) => e.search?.mode !== 'outcome'));
  return entries;
}

async function one(type, query) {
  return (await client.search({ resourceType: type, searchParams: query })).entry?.[0]?.resource;
}

// population returns resources of a type and the query that finds just these.
// Where there are too many it is those of four days, or the first hundred, as
// of AuditEvents, of which every question makes one.
async function population(type, params) {
  const query = { _count: 500 };
  let known = await all(type, query, 2);
  if (known.length < 1000 && type !== 'AuditEvent') return { known: resourcesOf(known), query };
  if (type !== 'AuditEvent' && params.some((p) => p.name === 'date')) {
    const days = [3, 6].map((n) => new Date(Date.now() - n * 86400e3).toISOString().slice(0, 10));
    query.date = [`ge${days[1]}`, `le${days[0]}`];
    known = await all(type, query);
    return { known: resourcesOf(known), query };
  }
  known = resourcesOf(known.slice(0, 100));
  return { known, query: { _count: 500, _id: known.map((r) => r.id).join(',') } };
}

const resourcesOf = (entries) => entries.map((e) => e.resource);

// merged puts a probe beside the query of the population; the same name twice is two values of it.
function merged(query, probe) {
  const both = { ...query };
  for (const [name, value] of Object.entries(probe)) both[name] = name in query ? [query[name], value].flat() : value;
  return both;
}

const written = (query) => Object.entries(query).flatMap(([k, v]) => [v].flat().map((x) => `${k}=${x}`)).join('&');

// differences compares the matches of a search with what it has to find.
async function differences(type, query, wanted) {
  const entries = await all(type, query);
  const matches = entries.filter((e) => e.search?.mode === 'match');
  const faults = entries.length === matches.length ? [] : ['entries that are no matches'];
  const got = new Set(matches.map((e) => e.resource.id));
  const want = new Set(wanted.map((r) => r.id));
  const missing = [...want].filter((id) => !got.has(id));
  const surplus = [...got].filter((id) => !want.has(id));
  if (got.size !== matches.length) faults.push('the same resource twice');
  if (missing.length) faults.push(`${missing.length} of ${want.size} are not found, such as ${missing[0]}`);
  if (surplus.length) faults.push(`${surplus.length} are found that should not be, such as ${surplus[0]}`);
  return faults;
}

async function searchParams(type, params, { known, query }) {
  for (const param of params) {
    const is = definition(type, param.name);
    await check(`${type}?${param.name} is R4's`, () => (is && is.type === param.type ? [] : [`R4 has ${is ? `type ${is.type}` : 'no such parameter'}`]));
    for (const [probe, keeps] of probes(type, param, known)) {
      await check(`${type}?${written(probe)}`, () => differences(type, merged(query, probe), known.filter(keeps)));
    }
  }
}

// includes asks for what the statement says can come along: each reference of a
// match leads to an included resource or to one that is not served.
async function includes(statement, { known }, served) {
  for (const include of statement.searchInclude ?? []) {
    const [type, name] = include.split(':');
    const having = known.filter((r) => values(r, name).length > 0).slice(0, 3);
    if (having.length === 0) continue;
    await check(`${type}?_include=${include}`, async () => {
      const entries = await all(type, { _id: having.map((r) => r.id).join(','), _include: include, _count: 500 });
      const there = new Set(entries.map((e) => `${e.resource.resourceType}/${e.resource.id}`));
      const faults = entries.filter((e) => e.search.mode === 'match').length === having.length ? [] : ['not all matches'];
      const canonical = new Set(having.flatMap((r) => values(r, name).map(referenceOf)));
      const wanted = new Set(having.flatMap((r) => values(r, name).map(referenceOf)).filter((r) => served.has(r?.split('/')[0])));
      for (const reference of wanted) if (!there.has(reference)) faults.push(`${reference} is not included`);
      for (const e of entries) {
        const at = `${e.resource.resourceType}/${e.resource.id}`;
        if (e.search.mode === 'include' && !wanted.has(at) && !canonical.has(e.resource.url)) faults.push(`${at} is included, and nothing leads there`);
      }
      return faults;
    });
  }
  const panel = known.find((r) => r.hasMember);
  if (panel) {
    await check('Observation?_include=Observation:has-member&_include:iterate=Observation:subject', async () => {
      const entries = await all('Observation', { _id: panel.id, _include: 'Observation:has-member', '_include:iterate': 'Observation:subject', _count: 500 });
      const types = new Set(entries.filter((e) => e.search.mode === 'include').map((e) => e.resource.resourceType));
      return types.has('Observation') && types.has('Patient') ? [] : [`it includes ${[...types]}`];
    });
  }
  for (const include of statement.searchRevInclude ?? []) {
    const [type, name] = include.split(':');
    await check(`${statement.type}?_revinclude=${include}`, async () => {
      const source = (populations.get(type)?.known ?? []).findLast((r) => values(r, name).some((v) => referenceOf(v)?.startsWith(`${statement.type}/`)));
      const target = source && values(source, name).map(referenceOf).find((r) => r?.startsWith(`${statement.type}/`));
      const entries = await all(statement.type, { _id: target?.split('/')[1] ?? 'none', _revinclude: include, _count: 500 }, 2);
      const strangers = entries.filter((e) => e.search.mode === 'include' && !values(e.resource, name).some((v) => referenceOf(v) === target));
      const faults = strangers.length ? [`${strangers.length} are included that do not refer to ${target}`] : [];
      if (target && !entries.some((e) => e.search.mode === 'include')) faults.push(`nothing is included that refers to ${target}`);
      if (!target) return faults;
      const found = await all(statement.type, { [`_has:${type}:${name}:_id`]: source.id });
      if (!found.some((e) => `${e.resource.resourceType}/${e.resource.id}` === target)) faults.push(`_has:${type}:${name} does not find ${target}`);
      return faults;
    });
  }
}

// promised asks as the table says, and names what the table has not.
async function promised(what, table, context) {
  if (!table) await check(`${what} is promised`, () => ['nobody here knows how to ask']);
  else await check(what, () => table(walk, context));
}

for (const query of ['Patient?_count=1', 'Goal?_count=1', 'Nothing/1']) await raw(query); // so that there are AuditEvents
const statement = await client.capabilityStatement();
keep('metadata.json', JSON.stringify(statement));
const [rest] = statement.rest;
walk.formats = statement.format;
const served = new Set(rest.resource.map((r) => r.type));
const populations = new Map();
const searches = (of) => of.interaction.some((i) => i.code === 'search-type');
for (const of of rest.resource) {
  populations.set(of.type, { known: [], query: {} });
  if (searches(of)) await check(`${of.type} can be listed`, async () => { populations.set(of.type, await population(of.type, of.searchParam ?? [])); });
}
for (const of of rest.resource) {
  const params = of.searchParam ?? [];
  const people = populations.get(of.type);
  for (const { code } of of.interaction) await promised(`${of.type} ${code}`, interactions[code], { type: of.type, known: people.known, params });
  for (const { name } of of.operation ?? []) await promised(`${of.type} $${name}`, operations[name], { type: of.type, known: people.known });
  if (!searches(of)) continue;
  await searchParams(of.type, params, people);
  await includes(of, people, served);
}
for (const { code } of rest.interaction ?? []) await promised(`system ${code}`, interactions[`system-${code}`.replace('system-batch', 'batch')] ?? interactions[code], {});
for (const { name } of rest.operation ?? []) await promised(`system $${name}`, operations[name], {});
report.done(`${[...populations].map(([type, { known }]) => `${known.length} ${type}`).join(', ')} known`);
