// What fhir-walk asks of each interaction that a CapabilityStatement promises,
// by its code (R4 http.html). Each returns faults.
import { createRequire } from 'node:module';

const { Fhir } = createRequire(import.meta.url)('fhir');
const lantana = new Fhir();
const say = (is, text) => (is ? [] : [text]);

const subscription = {
  resourceType: 'Subscription', status: 'requested', reason: 'a reason', criteria: 'Observation?code=http://loinc.org|29463-7',
  channel: { type: 'rest-hook', endpoint: 'http://127.0.0.1:9/hook', payload: 'application/fhir+json' },
};

// sorted is JSON whose properties have one order, without narrative and without
// the links to other pages, which are sealed anew with each answer that is made.
// Lantana leaves numbers that end in 0 as texts; whether these have their digits
// is compared in the bytes.
const sorted = (o) => JSON.stringify(o, (k, v) => {
  if (k === 'div' || k === 'link') return undefined;
  if (v && typeof v === 'object' && !Array.isArray(v)) return Object.fromEntries(Object.entries(v).sort());
  return typeof v === 'number' || /^-?\d+(\.\d+)?$/.test(v) ? String(Number(v)) : v;
});

// otherDigits returns the first amount of a JSON document that the XML has not as it is written.
function otherDigits(json, xml) {
  const there = new Set([...xml.matchAll(/<value value="([^"]*)"/g)].map((m) => m[1]));
  return [...json.matchAll(/"value":(-?[\d.]+)/g)].map((m) => m[1]).find((text) => !there.has(text));
}

// asXML reads what is served as XML with Lantana's converter, compares it with
// the JSON, and keeps it for HL7's schema.
async function asXML({ raw, keepXML, formats }, address, name) {
  if (!formats.some((f) => f.includes('xml'))) return [];
  const { status, headers, text } = await raw(address, { headers: { accept: 'application/fhir+xml' } });
  if (status !== 200 || !headers.get('content-type').startsWith('application/fhir+xml')) return [`as XML: status ${status}, ${headers.get('content-type')}`];
  keepXML(name, text);
  const json = (await raw(address)).text;
  const formatted = await raw(`${address}${address.includes('?') ? '&' : '?'}_format=xml`);
  return [
    ...say(sorted(lantana.xmlToObj(text)) === sorted(JSON.parse(json)), `as XML it says something else than as JSON: ${address}`),
    ...say(otherDigits(json, text) === undefined, `as XML ${otherDigits(json, text)} has other digits: ${address}`),
    ...say(formatted.headers.get('content-type')?.startsWith('application/fhir+xml'), '_format=xml is not XML'),
  ];
}

export const interactions = {
  async read(walk, { type, known: [some] }) {
    const { client, raw, failure } = walk;
    if (!some) return (await failure(() => client.read({ resourceType: type, id: 'none' }))).status === 404 ? [] : ['what there is not is no 404'];
    const resource = await client.read({ resourceType: type, id: some.id });
    const { headers } = await raw(`${type}/${some.id}`);
    const again = await raw(`${type}/${some.id}`, { headers: { 'if-none-match': headers.get('etag') } });
    const since = await raw(`${type}/${some.id}`, { headers: { 'if-modified-since': headers.get('last-modified') ?? '' } });
    const none = await failure(() => client.read({ resourceType: type, id: 'none' }));
    const head = await raw(`${type}/${some.id}`, { method: 'HEAD' });
    const form = async (query) => raw(`${type}/${some.id}?${query}`);
    const marked = async (query) => JSON.parse((await form(query)).text).meta?.tag?.some((t) => t.code === 'SUBSETTED');
    return [
      ...await asXML(walk, `${type}/${some.id}`, `${type}-read.xml`),
      ...say(await marked('_summary=true') && await marked('_elements=id'), '_summary or _elements is not heeded where one is read'),
      ...say((await form('_pretty=true')).text.includes('\n  '), '_pretty is not heeded where one is read'),
      ...say(resource.resourceType === type && resource.id === some.id, 'another resource is read'),
      ...say(/^W\/"[^"]+"$/.test(headers.get('etag') ?? ''), `ETag is ${headers.get('etag')}`),
      ...say(resource.meta?.versionId === undefined || headers.get('etag') === `W/"${resource.meta.versionId}"`, 'ETag is not the version'),
      ...say(headers.get('last-modified') || !some.meta?.lastUpdated, 'no Last-Modified'), // what comes with the program has no time
      ...say(headers.get('vary')?.toLowerCase().includes('accept'), `Vary is ${headers.get('vary')}`),
      ...say(again.status === 304 && again.text === '', `If-None-Match: status ${again.status}`),
      ...say(since.status === 304 || !some.meta?.lastUpdated, `If-Modified-Since: status ${since.status}`),
      ...say(head.status === 200 && head.headers.get('etag') === headers.get('etag') && head.text === '', `HEAD: status ${head.status}`),
      ...say(none.status === 404 && none.body.resourceType === 'OperationOutcome', `what there is not: status ${none.status}`),
    ];
  },

  async vread({ client, failure, raw }, { type, known: [some] }) {
    if (!some) return [];
    const version = some.meta?.versionId ?? (await raw(`${type}/${some.id}`)).headers.get('etag').match(/"(.*)"/)[1];
    const resource = await client.vread({ resourceType: type, id: some.id, version });
    const none = await failure(() => client.vread({ resourceType: type, id: some.id, version: '999999' }));
    return [
      ...say(resource.id === some.id && resource.meta?.versionId === some.meta?.versionId, 'another version is read'),
      ...say(none.status === 404, `a version that there is not: status ${none.status}`),
    ];
  },

  async 'history-instance'({ client, keep }, { type, known: [some] }) {
    if (!some) return [];
    const bundle = await client.history({ resourceType: type, id: some.id });
    keep(`history-${type}-instance.json`, JSON.stringify(bundle));
    return [...historyFaults(bundle), ...say(bundle.entry?.some((e) => e.resource?.meta?.versionId === some.meta?.versionId), 'the newest version is not there')];
  },

  async 'history-type'({ client, keep }, { type }) {
    const bundle = await client.history({ resourceType: type });
    keep(`history-${type}.json`, JSON.stringify(bundle));
    return [...historyFaults(bundle), ...say((bundle.entry ?? []).every((e) => (e.resource?.resourceType ?? e.request.url.split('/')[0]) === type), 'another type is in it')];
  },

  async 'history-system'({ client, keep }) {
    const bundle = await client.history();
    keep('history-system.json', JSON.stringify(bundle));
    return [...historyFaults(bundle), ...say(bundle.entry?.length > 0, 'it is empty')];
  },

  async 'search-type'(walk, { type, known, params }) {
    const { client, raw, failure, keep, all } = walk;
    const bundle = await client.search({ resourceType: type, searchParams: { _count: 3 } });
    keep(`search-${type}.json`, JSON.stringify(bundle));
    const form = await client.search({ resourceType: type, searchParams: { _count: 3 }, options: { postSearch: true } });
    const unknown = await failure(() => client.search({ resourceType: type, searchParams: { 'no-such-parameter': '1' } }));
    const lenient = await raw(`${type}?no-such-parameter=1&_count=1`, { headers: { prefer: 'handling=lenient' } });
    bundle.entry &&= bundle.entry.filter((e) => e.search.mode !== 'outcome');
    const ids = (b) => (b.entry ?? []).filter((e) => e.search.mode === 'match').map((e) => e.resource.id).join();
    const faults = [
      ...(type === 'AuditEvent' ? [] : await asXML(walk, `${type}?_count=20`, `${type}-search.xml`)), // each question makes one more of these
      ...say(bundle.type === 'searchset', `the Bundle's type is ${bundle.type}`),
      ...say(bundle.link?.some((l) => l.relation === 'self' && l.url.includes('_count=3')), 'no link to itself'),
      ...say((bundle.entry ?? []).every((e) => e.fullUrl.endsWith(`/${type}/${e.resource.id}`) && e.search.mode === 'match'), 'an entry without its address or mode'),
      ...say(type === 'AuditEvent' || (bundle.entry ?? []).length === Math.min(3, known.length), `_count=3 gives ${bundle.entry?.length}`),
      ...say(type === 'AuditEvent' || ids(form) === ids(bundle), 'by POST it finds others'),
      ...say(unknown.status === 400 && JSON.stringify(unknown.body).includes('no-such-parameter'), `an unknown parameter: status ${unknown.status}`),
      ...say(lenient.status === 200 && !JSON.parse(lenient.text).link.some((l) => l.relation === 'self' && l.url.includes('no-such')), `handling=lenient: status ${lenient.status}`),
    ];
    if (params.some((p) => p.name === 'patient') && known[0]?.subject?.reference?.startsWith('Patient/')) {
      const [, id] = known[0].subject.reference.split('/');
      const own = await client.compartmentSearch({ resourceType: type, compartment: { resourceType: 'Patient', id }, searchParams: { _id: known[0].id } });
      faults.push(...say(own.entry?.length === 1 && own.entry[0].resource.id === known[0].id, 'it is not found in the compartment of its person'));
    }
    if (known.length > 0) faults.push(...await ofResults({ client, all, raw }, type, known, params));
    return faults;
  },

  // A subscription is made, changed and taken back; what it is told is for the tests.
  async create(walk, { type }) {
    const { status, headers, text } = await walk.raw(type, { method: 'POST', headers: { 'content-type': 'application/fhir+json' }, body: JSON.stringify(subscription) });
    if (status !== 201) return [`status ${status}: ${text.slice(0, 200)}`];
    walk.made = JSON.parse(text);
    return [...say(walk.made.id && walk.made.status !== 'off', `it is ${walk.made.status}`), ...say(headers.get('location')?.includes(`${type}/${walk.made.id}`), 'no Location')];
  },

  async update({ raw, made }, { type }) {
    if (!made) return ['there is none to change'];
    const { status, text } = await raw(`${type}/${made.id}`, {
      method: 'PUT', headers: { 'content-type': 'application/fhir+json' }, body: JSON.stringify({ ...subscription, id: made.id, reason: 'another reason' }),
    });
    return say(status === 200 && JSON.parse(text).reason === 'another reason', `status ${status}: ${text.slice(0, 200)}`);
  },

  async delete(walk, { type }) {
    if (!walk.made) return ['there is none to delete'];
    const { status } = await walk.raw(`${type}/${walk.made.id}`, { method: 'DELETE' });
    const { status: after } = await walk.raw(`${type}/${walk.made.id}`);
    return [...say([200, 204].includes(status), `status ${status}`), ...say([404, 410].includes(after), `afterwards it is ${after}`)];
  },

  // A transaction of reads is one that fails as a whole.
  async transaction({ base, raw, keep }) {
    const post = (...urls) => raw(base, {
      method: 'POST', headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: urls.map((url) => ({ request: { method: 'GET', url } })) }),
    });
    const [right, wrong] = [await post('metadata', 'Patient?_count=1'), await post('Patient?_count=1', 'Patient/none')];
    keep('transaction.json', right.text);
    return [
      ...say(right.status === 200 && JSON.parse(right.text).type === 'transaction-response', `status ${right.status}`),
      ...say(JSON.parse(right.text).entry?.[1].resource?.type === 'searchset', 'the search is not answered'),
      ...say(wrong.status >= 400 && JSON.parse(wrong.text).resourceType === 'OperationOutcome', `one that fails in part has status ${wrong.status}`),
    ];
  },

  async batch({ base, raw, keep }) {
    const asks = ['metadata', 'Patient?_count=1', 'Patient/none', 'Nothing/1'].map((url) => ({ request: { method: 'GET', url } }));
    const { status, text } = await raw(base, {
      method: 'POST', headers: { 'content-type': 'application/fhir+json' }, body: JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry: asks }),
    });
    if (status !== 200) return [`status ${status}: ${text.slice(0, 200)}`];
    const bundle = JSON.parse(text);
    keep('batch.json', text);
    const statuses = bundle.entry.map((e) => e.response.status.slice(0, 3)).join();
    return [
      ...say(bundle.type === 'batch-response', `the Bundle's type is ${bundle.type}`),
      ...say(statuses === '200,200,404,404', `statuses are ${statuses}`),
      ...say(bundle.entry[1].resource?.type === 'searchset', 'the search is not answered'),
    ];
  },
};

function historyFaults(bundle) {
  const times = (bundle.entry ?? []).map((e) => Date.parse(e.resource?.meta?.lastUpdated ?? e.response?.lastModified)).filter(Number.isFinite);
  return [
    ...say(bundle.type === 'history', `the Bundle's type is ${bundle.type}`),
    ...say((bundle.entry ?? []).every((e) => e.request?.method && e.response?.status), 'an entry without request and response'),
    ...say(times.every((t, i) => i === 0 || t <= times[i - 1]), 'not the newest first'),
  ];
}

// ofResults asks for each form in which R4 lets a search's result be asked for
// (search.html#Summary and what stands before it).
async function ofResults({ client, all, raw }, type, known, params) {
  const some = { _id: known.slice(0, 5).map((r) => r.id).join(',') };
  const search = (query) => client.search({ resourceType: type, searchParams: { ...some, ...query } });
  const n = Math.min(5, known.length);
  const first = async (query) => (await search(query)).entry[0].resource;
  const faults = [];
  const expect = async (claim, is) => {
    try {
      if (!(await is())) faults.push(claim);
    } catch (err) {
      faults.push(`${claim}: ${err.response ? `status ${err.response.status}: ${JSON.stringify(err.response.data).slice(0, 200)}` : err}`);
    }
  };
  const subsetted = (r) => r.meta?.tag?.some((t) => t.code === 'SUBSETTED');
  await expect('_summary=count is a number alone', async () => { const b = await search({ _summary: 'count' }); return b.total === n && !b.entry; });
  await expect('_summary=true is marked', async () => subsetted(await first({ _summary: 'true' })));
  await expect('_summary=data has no narrative', async () => !(await first({ _summary: 'data' })).text);
  await expect('_summary=text is marked', async () => subsetted(await first({ _summary: 'text' })));
  await expect('_summary=false is the whole', async () => JSON.stringify(await first({ _summary: 'false' })) === JSON.stringify(await first({})));
  await expect('_elements=id has little else', async () => { const r = await first({ _elements: 'id' }); return subsetted(r) && Object.keys(r).length < Object.keys(await first({})).length && Object.keys(r).length <= 12; });
  await expect('_total=accurate', async () => (await search({ _total: 'accurate', _count: 1 })).total === n);
  await expect('_count=0 is a count', async () => { const b = await search({ _count: 0 }); return !b.entry && b.total === n; });
  await expect('_format=json', async () => (await raw(`${type}?_count=1&_format=json`, { headers: { accept: 'text/csv' } })).headers.get('content-type').startsWith('application/fhir+json'));
  await expect('_pretty=true has lines', async () => (await raw(`${type}?_count=1&_pretty=true`)).text.includes('\n  '));
  for (const { name, type: kind } of params.filter((p) => ['date', 'token', 'string', 'uri'].includes(p.type))) {
    await expect(`_sort=${name} and back`, async () => {
      const [up, down] = [await search({ _sort: name }), await search({ _sort: `-${name}` })].map((b) => b.entry.filter((e) => e.search.mode === 'match'));
      return up.length === n && down.length === n && kind !== undefined;
    });
  }
  await expect('a page after another, each resource once', async () => {
    const ids = (await all(type, { ...some, _count: 2 })).map((e) => e.resource.id);
    return ids.length === n && new Set(ids).size === n;
  });
  return faults;
}
