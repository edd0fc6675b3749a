// What fhir-walk asks of each operation that a CapabilityStatement promises, by
// its name. Each returns faults.
const say = (is, text) => (is ? [] : [text]);
const person = async (walk) => (await walk.one('Patient', { _count: 1 })).id;
const local = 'https://nutrigate.dev/fhir/CodeSystem/cronometer-nutrient';
const named = (parameters, name) => parameters.parameter?.find((p) => p.name === name);

// followed yields the entries of a Bundle and of those behind it.
async function followed({ client }, bundle, most) {
  const entries = [];
  for (let page = bundle, n = 1; page; n++) {
    entries.push(...(page.entry ?? []));
    page = n < most && page.link?.some((l) => l.relation === 'next') ? await client.nextPage({ bundle: page }) : undefined;
  }
  return entries;
}

export const operations = {
  async everything(walk) {
    const { client, keep } = walk;
    const id = await person(walk);
    const ask = (input) => client.operation({ name: 'everything', resourceType: 'Patient', id, method: 'GET', input });
    const bundle = await ask({ _count: 100 });
    keep('everything.json', JSON.stringify(bundle));
    const entries = await followed(walk, bundle, 3);
    const ids = entries.map((e) => `${e.resource.resourceType}/${e.resource.id}`);
    const goals = await followed(walk, await ask({ _type: 'Goal', _count: 50 }), 5);
    const day = new Date(Date.now() - 5 * 86400e3).toISOString().slice(0, 10);
    const between = await followed(walk, await ask({ start: day, end: day, _type: 'Observation', _count: 500 }), 5);
    const wanted = (await walk.all('Observation', { patient: id, date: [`ge${day}`, `le${day}`], _count: 500 })).length;
    return [
      ...say(bundle.type === 'searchset', `the Bundle's type is ${bundle.type}`),
      ...say(ids.includes(`Patient/${id}`), 'the person is not in it'),
      ...say(new Set(ids).size === ids.length, 'the same resource twice'),
      ...say(entries.length > 100, `three pages have ${entries.length} resources`),
      ...say(goals.length > 0 && goals.every((e) => e.resource.resourceType === 'Goal'), `_type=Goal gives ${goals.map((e) => e.resource.resourceType)}`),
      ...say(between.length === wanted && wanted > 0, `start and end give ${between.length} Observations of a day that has ${wanted}`),
    ];
  },

  async lastn(walk) {
    const { client, keep } = walk;
    const bundle = await client.operation({
      name: 'lastn', resourceType: 'Observation', method: 'GET', input: { patient: `Patient/${await person(walk)}`, category: 'vital-signs', max: 1 },
    });
    keep('lastn.json', JSON.stringify(bundle));
    const codes = (bundle.entry ?? []).map((e) => e.resource.code.coding[0].code);
    const newest = await walk.one('Observation', { code: `http://loinc.org|${codes[0]}`, _sort: '-date', _count: 1 });
    const faults = [...say(codes.length > 1, `it has ${codes.length} entries`), ...say(new Set(codes).size === codes.length, `a code twice: ${codes}`)];
    return [...faults, ...say(bundle.entry?.[0]?.resource.effectiveDateTime === newest?.effectiveDateTime, 'not the newest')];
  },

  async summary(walk) {
    const { client, keep } = walk;
    const bundle = await client.operation({ name: 'summary', resourceType: 'Patient', id: await person(walk), method: 'GET' });
    keep('summary.json', JSON.stringify(bundle));
    const composition = bundle.entry?.[0]?.resource ?? {};
    const sections = new Map((composition.section ?? []).map((s) => [s.code.coding[0].code, s]));
    const urls = new Set(bundle.entry?.map((e) => e.fullUrl));
    const loose = [...sections.values()].flatMap((s) => s.entry ?? []).filter((r) => ![...urls].some((u) => u === r.reference || u.endsWith(`/${r.reference}`)));
    return [
      ...say(bundle.type === 'document' && bundle.identifier?.value && bundle.timestamp, 'it is no document with identifier and time'),
      ...say(composition.resourceType === 'Composition' && composition.type.coding[0].code === '60591-5', 'it does not begin with a Composition of type 60591-5'),
      ...['11450-4', '48765-2', '10160-0'].flatMap((code) => say(sections.get(code)?.emptyReason || sections.get(code)?.entry, `section ${code} has neither entries nor a reason`)),
      ...[...sections].flatMap(([code, s]) => say(s.text?.div?.length > 40, `section ${code} has no narrative`)),
      ...say(sections.size >= 5, `it has ${sections.size} sections`),
      ...say(loose.length === 0, `${loose[0]?.reference} is not in the document`),
    ];
  },

  async validate({ client, keep }, { type, known: [some] }) {
    if (!some) return [];
    const ask = (resource) => client.operation({ name: 'validate', resourceType: type, method: 'POST', input: resource });
    const right = await ask(some);
    const wrong = await ask({ ...some, 'no-such-property': 1 });
    keep(`validate-${type}.json`, JSON.stringify(wrong));
    const failed = (outcome) => outcome.issue.some((i) => ['error', 'fatal'].includes(i.severity));
    return [...say(!failed(right), `finds ${JSON.stringify(right.issue)} in what the server sent`), ...say(failed(wrong), 'finds nothing in what is wrong')];
  },

  async lookup({ client, failure, keep }) {
    const ask = (code) => client.operation({ name: 'lookup', resourceType: 'CodeSystem', method: 'GET', input: { system: local, code } });
    const is = await ask('energy');
    keep('lookup.json', JSON.stringify(is));
    const none = await failure(() => ask('no-such-code'));
    return [...say(named(is, 'display')?.valueString === 'Energy', `display is ${JSON.stringify(named(is, 'display'))}`), ...say(none.status === 404, `a code that there is not: status ${none.status}`)];
  },

  async 'validate-code'({ client }, { type }) {
    const input = type === 'ValueSet' ? { url: local.replace('CodeSystem', 'ValueSet'), system: local, code: 'energy' } : { url: local, code: 'energy' };
    const is = await client.operation({ name: 'validate-code', resourceType: type, method: 'GET', input });
    return say(named(is, 'result')?.valueBoolean === true, 'energy is no code');
  },

  async expand({ client, keep }, { known }) {
    const faults = [];
    for (const { id, url } of known.slice(0, 3)) {
      const set = await client.operation({ name: 'expand', resourceType: 'ValueSet', id, method: 'GET' });
      const byURL = await client.operation({ name: 'expand', resourceType: 'ValueSet', method: 'GET', input: { url } });
      keep(`expand-${id}.json`, JSON.stringify(set));
      faults.push(...say(set.expansion?.contains?.length > 0, `${id} is empty`));
      faults.push(...say(byURL.expansion?.contains?.length === set.expansion?.contains?.length, `${id} is another by its address`));
    }
    return faults;
  },

  // export: kick-off, status, files, deletion, as the Bulk Data guide has them.
  async export(walk, { type }) {
    const { raw, headers } = walk;
    const at = type === 'Patient' ? 'Patient/$export' : type === 'Group' ? `Group/${(await walk.one('Group', { _count: 1 })).id}/$export` : '$export';
    const begun = await raw(`${at}?_type=Patient,Goal`, { headers: { accept: 'application/fhir+json', prefer: 'respond-async' } });
    if (begun.status !== 202) return [`the kick-off has status ${begun.status}: ${begun.text.slice(0, 200)}`];
    const address = begun.headers.get('content-location');
    let status = await raw(address);
    for (let n = 0; status.status === 202 && n < 120; n++) {
      await new Promise((done) => { setTimeout(done, 250); });
      status = await raw(address);
    }
    if (status.status !== 200) return [`the status is ${status.status}: ${status.text.slice(0, 200)}`];
    const { output = [], requiresAccessToken } = JSON.parse(status.text);
    const faults = [...say(typeof requiresAccessToken === 'boolean', 'requiresAccessToken is not said'), ...say(new Set(output.map((o) => o.type)).size === 2, `files are of ${output.map((o) => o.type)}`)];
    for (const { type: of, url, count } of output) {
      const file = await raw(url, { headers });
      const lines = file.text.trim().split('\n').map((l) => JSON.parse(l));
      faults.push(...say(lines.every((r) => r.resourceType === of) && (count === undefined || count === lines.length), `${url} has other resources, or not as many`));
    }
    const deleted = await raw(address, { method: 'DELETE' });
    return [...faults, ...say(deleted.status === 202, `deleting has status ${deleted.status}`), ...say((await raw(address)).status === 404, 'it is there after it was deleted')];
  },
};
