// Services and apps as SMART has them, against the running gateway: Backend
// Services with both algorithms, and an app that SMART's own library fhirclient
// launches: authorization, consent by form, the code for a token, reading,
// refreshing. What a scope does not open has to be 403 and leave an AuditEvent.
// smart-app.mjs BASE DEV-ID KEY PROGRAM DATA; the program makes the clients in
// the folder of the gateway's store.
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';
import { spawnSync } from 'node:child_process';
import { Report } from './report.mjs';

const smart = createRequire(import.meta.url)('fhirclient');
const [server, devID, key, program, data] = process.argv.slice(2);
const base = `${server}/fhir`;
const report = new Report();
const temp = fs.mkdtempSync(path.join(os.tmpdir(), 'smart-'));
const mine = { 'dev-id': devID, 'x-api-key': key };
const say = (is, text) => (is ? [] : [text]);

async function check(claim, asks) {
  try {
    report.check(claim, (await asks()) ?? []);
  } catch (err) {
    report.check(claim, [String(err.stack).slice(0, 600)]);
  }
}

function call(...args) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, NUTRIGATE_DATA: data } });
  if (status !== 0) throw new Error(`${args.slice(0, 2).join(' ')}: ${stderr}`);
  return stdout;
}

const makeClient = (...args) => call('client', 'create', '--tenant', devID, ...args).match(/^client: (\S+)/m)[1];

async function ask(address, headers = mine, options = {}) {
  const answer = await fetch(address.startsWith('http') ? address : `${base}/${address}`, { ...options, headers });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, body: text.startsWith('{') ? JSON.parse(text) : {} };
}

const bearer = (token) => ({ authorization: `Bearer ${token}` });
const form = (fields) => ({ method: 'POST', body: new URLSearchParams(fields) });

const configuration = (await ask('.well-known/smart-configuration', {})).body;
await check('the configuration names what SMART asks for', () => ['token_endpoint', 'capabilities', 'grant_types_supported', 'code_challenge_methods_supported', 'authorization_endpoint', 'scopes_supported']
  .flatMap((name) => say(configuration[name], `${name} is not there`)));

// Backend Services (http://hl7.org/fhir/smart-app-launch/backend-services.html).
function assertionFor(client, file) {
  return call('client', 'assert', '--client', client, '--key', file, '--token-url', configuration.token_endpoint).trim();
}

const tokenFor = (assertion, scope) => ask(configuration.token_endpoint, {}, form({
  grant_type: 'client_credentials', scope, client_assertion: assertion,
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
}));

// ownAssertion signs without the program, as a service would with a library.
function ownAssertion(client, privateKey, kid, change = {}) {
  const now = Math.floor(Date.now() / 1000);
  const part = (o) => Buffer.from(JSON.stringify(o)).toString('base64url');
  const text = `${part({ alg: 'ES384', kid, typ: 'JWT' })}.${part({ iss: client, sub: client, aud: configuration.token_endpoint, exp: now + 200, jti: crypto.randomUUID(), ...change })}`;
  return `${text}.${crypto.sign('sha384', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

const clients = [];
for (const algorithm of ['ES384', 'RS384']) {
  await check(`a service with ${algorithm} gets a token and reads`, async () => {
    const [file, keys] = [path.join(temp, `${algorithm}.json`), path.join(temp, `${algorithm}-jwks.json`)];
    fs.writeFileSync(keys, call('client', 'key', '--alg', algorithm, '--out', file));
    const client = makeClient('--name', algorithm, '--kind', 'backend', '--jwks', keys);
    clients.push(client);
    const assertion = assertionFor(client, file);
    const got = await tokenFor(assertion, 'system/Observation.rs');
    const again = await tokenFor(assertion, 'system/Observation.rs');
    const found = await ask('Observation?_count=2', bearer(got.body.access_token));
    const other = await ask('Goal?_count=2', bearer(got.body.access_token));
    return [
      ...say(got.status === 200 && got.body.token_type?.toLowerCase() === 'bearer' && got.body.expires_in <= 300, `the token: status ${got.status} ${got.text.slice(0, 200)}`),
      ...say(got.headers.get('cache-control')?.includes('no-store'), 'a token that may be cached'),
      ...say(again.status === 400 || again.status === 401, `the same assertion again: status ${again.status}`),
      ...say(found.status === 200 && found.body.entry?.length === 2, `the search: status ${found.status}`),
      ...say(other.status === 403 && other.body.resourceType === 'OperationOutcome', `what the scope does not open: status ${other.status}`),
    ];
  });
}

await check('assertions that are wrong are refused', async () => {
  const { privateKey, publicKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const keys = path.join(temp, 'own.json');
  fs.writeFileSync(keys, JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'own', alg: 'ES384', use: 'sig' }] }));
  const client = makeClient('--name', 'own', '--kind', 'backend', '--jwks', keys);
  const now = Math.floor(Date.now() / 1000);
  const right = await tokenFor(ownAssertion(client, privateKey, 'own'), 'system/Observation.rs');
  const faults = say(right.status === 200, `a right one: status ${right.status} ${right.text}`);
  for (const [what, change] of Object.entries({
    'for another server': { aud: 'https://example.org/token' }, 'that is over': { exp: now - 60 }, 'that is good for an hour': { exp: now + 3600 },
    'of another client': { iss: 'another', sub: 'another' }, 'without a jti': { jti: undefined },
  })) {
    const { status, body } = await tokenFor(ownAssertion(client, privateKey, 'own', change), 'system/Observation.rs');
    faults.push(...say([400, 401].includes(status) && body.error, `one ${what}: status ${status}`));
  }
  const stranger = crypto.generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
  const strange = await tokenFor(ownAssertion(client, stranger, 'own'), 'system/Observation.rs');
  const scope = await tokenFor(ownAssertion(client, privateKey, 'own'), 'system/*.cud');
  return [...faults, ...say([400, 401].includes(strange.status), `by another key: status ${strange.status}`), ...say(scope.status === 400, `a scope that there is not: status ${scope.status}`)];
});

await check('what a scope does not open leaves an AuditEvent', async () => {
  const { body } = await ask('AuditEvent?outcome=4,8&_sort=-date&_count=50');
  const refused = (body.entry ?? []).filter((e) => clients.includes(e.resource.agent[0].who.identifier?.value));
  return say(refused.length === 2, `${refused.length} AuditEvents of the two services that asked for Goals`);
});

// An app: this server is its own, and the browser is fetch with a cookie.
class Storage {
  #all = new Map();
  get = async (k) => this.#all.get(k);
  set = async (k, v) => { this.#all.set(k, v); return v; };
  unset = async (k) => this.#all.delete(k);
}

async function app(scope, launch) {
  const storage = new Storage();
  let ready;
  const clientID = {};
  const own = http.createServer(async (request, response) => {
    const api = smart(request, response, storage);
    try {
      if (request.url.startsWith('/launch')) await api.authorize({ iss: base, clientId: clientID.id, scope, redirectUri: '/back', pkceMode: 'required' });
      else {
        ready = await api.ready();
        response.end('ready');
      }
    } catch (err) {
      ready = err;
      response.end(String(err));
    }
  });
  await new Promise((done) => { own.listen(0, '127.0.0.1', done); });
  const origin = `http://127.0.0.1:${own.address().port}`;
  clientID.id = makeClient('--name', 'App', '--kind', 'public', '--redirect', `${origin}/back`, '--launch-url', `${origin}/launch`);
  await launch(`${origin}/launch`);
  own.close();
  own.closeAllConnections();
  if (ready instanceof Error) throw ready;
  return ready;
}

// browser follows redirects, keeps cookies, and fills in the first form of a page.
function browser() {
  let cookie = '';
  const go = async (address, options = {}) => {
    const answer = await fetch(address, { redirect: 'manual', ...options, headers: { cookie, ...options.headers } });
    cookie = (answer.headers.getSetCookie()[0] ?? cookie).split(';')[0];
    const to = answer.headers.get('location');
    if (to) return go(new URL(to, address).href);
    return { at: address, status: answer.status, text: await answer.text() };
  };
  const unescaped = (text) => text.replace(/&#(\d+);/g, (_, n) => String.fromCharCode(n)).replaceAll('&amp;', '&').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"');
  const fill = (page, fields) => {
    const first = page.text.split('</form>')[0];
    const hidden = [...first.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(([, name, value]) => [name, unescaped(value)]);
    const action = new URL(unescaped(first.match(/<form[^>]* action="([^"]*)"/)[1]), page.at).href;
    return go(action, { method: 'POST', body: new URLSearchParams([...hidden, ...Object.entries(fields)]), headers: { origin: new URL(page.at).origin, 'sec-fetch-site': 'same-origin' } });
  };
  return { go, fill };
}

const person = (await ask('Patient?_count=1')).body.entry[0].resource.id;

await check('a person allows an app, launched by fhirclient, which reads and refreshes', async () => {
  let consent;
  const client = await app('launch/patient patient/Observation.rs patient/Patient.rs offline_access', async (launch) => {
    const { body } = await ask(`${server}/v2/auth/generateAccessCode`, { ...mine, 'content-type': 'application/json' }, { method: 'POST', body: JSON.stringify({ user_id: person }) });
    const { go, fill } = browser();
    const page = await go(launch);
    consent = await fill(page, { decision: 'code', code: body.access_code });
    await fill(consent, { decision: 'allow' });
  });
  const patient = await client.patient.read();
  const found = await client.request('Observation?code=http://loinc.org|29463-7&_count=100', { pageLimit: 0, flat: true });
  const same = (await ask('Observation?code=http://loinc.org%7C29463-7&_count=0')).body.total;
  const before = client.state.tokenResponse.access_token;
  await client.refresh();
  const after = await client.request(`Observation?_count=1`);
  const goal = await ask('Goal', bearer(client.state.tokenResponse.access_token));
  return [
    ...say(consent.text.includes('App'), 'the page does not name the app'),
    ...say(client.patient.id === person && patient.id === person, `the person is ${client.patient.id}`),
    ...say(found.length > 0 && found.length === same, `the app finds ${found.length} weights, and the tenant ${same}`),
    ...say(client.state.tokenResponse.access_token !== before && after.entry?.length === 1, 'refreshing gives no new token that reads'),
    ...say(goal.status === 403, `Goals: status ${goal.status}`),
  ];
});

await check('a person declines', async () => {
  try {
    await app('launch/patient patient/Observation.rs', async (launch) => {
      const { body } = await ask(`${server}/v2/auth/generateAccessCode`, { ...mine, 'content-type': 'application/json' }, { method: 'POST', body: JSON.stringify({ user_id: person }) });
      const { go, fill } = browser();
      await fill(await fill(await go(launch), { decision: 'code', code: body.access_code }), { decision: 'deny' });
    });
  } catch (err) {
    return say(/access_denied|denied|declined/i.test(String(err)), `the app is told ${err}`);
  }
  return ['the app has a token'];
});

fs.rmSync(temp, { recursive: true });
report.done();
