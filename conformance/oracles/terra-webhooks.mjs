// A receiver of webhooks made of what Terra and Standard Webhooks give to their
// users: it makes an endpoint, asks for data with Terra's SDK, has a person
// connect and leave, and verifies every delivery with terra-api 2.1.0 and 1.4.8
// and standardwebhooks. The bodies stay in OUT. A delivery may take 60 SECONDS:
// terra-webhooks.mjs URL DEV_ID KEY OUT [SECONDS]
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { createRequire } from 'node:module';
import { TerraClient, verifyTerraWebhookSignature } from 'terra-api';
import { Webhook } from 'standardwebhooks';
import { Report } from './report.mjs';

const { Terra } = createRequire(import.meta.url)('terra-api-1');
const [base, devId, apiKey, out, seconds = 60] = process.argv.slice(2);
const client = new TerraClient({ baseUrl: `${base}/v2`, devId, apiKey, maxRetries: 0 });
const headers = { 'dev-id': devId, 'x-api-key': apiKey, 'content-type': 'application/json' };
const report = new Report();
const received = [];
let failures = 1; // the first delivery is refused: it has to come again

const receiver = http.createServer((request, answer) => {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (text) => { body += text; });
  request.on('end', () => {
    received.push({ headers: request.headers, body, doc: parsed(body), at: Date.now() });
    answer.writeHead(failures-- > 0 ? 500 : 200).end();
  });
});
const parsed = (body) => { try { return JSON.parse(body); } catch { return {}; } };
await new Promise((ready) => receiver.listen(0, '127.0.0.1', ready));

async function attempt(claim, check) {
  try {
    const fault = await check();
    report.check(claim, fault ? [fault] : []);
  } catch (err) {
    report.check(claim, [err.statusCode ? `status ${err.statusCode}: ${JSON.stringify(err.body)}` : String(err)]);
  }
}

// arrived waits until a delivery meets the condition, and returns those that do.
async function arrived(condition, count = 1) {
  for (let tries = 0; tries < seconds * 20; tries++) {
    const found = received.filter(condition);
    if (found.length >= count) return found;
    await new Promise((next) => setTimeout(next, 50));
  }
  throw new Error(`${received.filter(condition).length} of ${count} deliveries arrived in ${seconds} s; in all ${received.length}`);
}

async function call(method, route, body) {
  const answer = await fetch(`${base}/v2${route}`, { method, headers, body: body && JSON.stringify(body) });
  if (answer.status !== 200) throw new Error(`${method} ${route}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

const day = (offset) => new Date(Date.now() + offset * 86400e3).toISOString().slice(0, 10);
const user = (await client.user.getalluserids()).users?.[0]?.user_id;
let endpoint = {};
await attempt('an endpoint is made, with a secret', async () => {
  endpoint = await call('POST', '/endpoints', { url: `http://127.0.0.1:${receiver.address().port}/hook`, schedule: ['1s', '1s', '5s'] });
  return endpoint.secret?.startsWith('whsec_') ? '' : `got ${Object.keys(endpoint)}`;
});
const { secret } = endpoint;

await attempt('a delivery that was refused comes again: the same id and bytes, another signature', async () => {
  const { reference } = await client.athlete.fetch({ user_id: user });
  const [first, second] = await arrived((d) => d.headers['terra-reference'] === reference, 2);
  const faults = [];
  for (const name of ['webhook-id', 'x-terra-trace-id', 'x-terra-ordering-timestamp']) {
    if (!first.headers[name] || first.headers[name] !== second.headers[name]) faults.push(`${name} differs`);
  }
  if (first.body !== second.body) faults.push('the bytes differ');
  if (first.headers['webhook-timestamp'] === second.headers['webhook-timestamp']) faults.push('the time of the signature is the same');
  return faults.join(', ');
});
for (const type of ['nutrition', 'body', 'activity', 'daily', 'sleep']) {
  await attempt(`${type} goes to the endpoint where nothing else is said`, async () => {
    const { status, reference, data } = await client[type].fetch({ user_id: user, start_date: day(-7), end_date: day(-1) });
    if (status !== 'success' || data) return `acknowledged with ${status}`;
    const [{ doc }] = await arrived((d) => d.headers['terra-reference'] === reference);
    return doc.type === type && doc.user.user_id === user && doc.data.length > 0 ? '' : `${doc.type} with ${doc.data?.length}`;
  });
}
await attempt('a large request is announced, and comes in chunks of ten', async () => {
  const range = { user_id: user, start_date: day(-59), end_date: day(-1) };
  const { data } = await client.nutrition.fetch({ ...range, to_webhook: false });
  const { reference } = await client.nutrition.fetch(range);
  const mine = (type) => (d) => d.headers['terra-reference'] === reference && d.doc.type === type;
  const [{ doc: sending }] = await arrived(mine('large_request_sending'));
  await arrived(mine('large_request_processing'));
  const chunks = await arrived(mine('nutrition'), sending.expected_payloads);
  if (chunks.some((c) => c.doc.data.length > 10)) return 'a chunk has more than ten';
  if (new Set(chunks.map((c) => c.headers['x-terra-trace-id'])).size !== chunks.length) return 'two chunks have one trace id';
  const days = chunks.reduce((sum, c) => sum + c.doc.data.length, 0);
  return days === data.length && days > 30 ? '' : `${days} days, of ${data.length}`;
});

const reference = `webhooks-${process.pid}-${Date.now()}`;
// connect has a person upload one weight, and returns the user's id.
async function connect(weight) {
  const { user_id: guest, auth_url: page } = await client.authentication.authenticateuser({ resource: 'CRONOMETER', reference_id: reference });
  const form = new FormData();
  form.set('zone', 'Europe/Berlin');
  form.set('file', new Blob([`Day,Time,Group,Metric,Unit,Amount\n${day(-2)},,Uncategorized,"Weight",kg,${weight}\n`], { type: 'text/csv' }), 'biometrics.csv');
  const answer = await fetch(page, { method: 'POST', body: form, headers: { accept: 'application/json' } });
  if (answer.status !== 200) throw new Error(`the page answers ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
  return guest;
}
await attempt('a person connects: auth, then the data', async () => {
  const guest = await connect(70.5);
  const of = (type) => (d) => d.doc.type === type && d.doc.user?.user_id === guest;
  const [auth] = await arrived(of('auth'));
  const [body] = await arrived(of('body'));
  if (auth.doc.status !== 'success' || auth.doc.user.reference_id !== reference) return JSON.stringify(auth.doc);
  return Number(auth.headers['x-terra-ordering-timestamp']) <= Number(body.headers['x-terra-ordering-timestamp']) ? '' : 'the data is older than auth';
});
await attempt('a person connects again: user_reauth', async () => {
  const guest = await connect(71.5);
  const [{ doc }] = await arrived((d) => d.doc.type === 'user_reauth' && d.doc.new_user?.user_id === guest);
  return doc.status === 'warning' ? '' : JSON.stringify(doc);
});
await attempt('a person declines: auth_cancelled', async () => {
  const { url: page } = await client.authentication.generatewidgetsession({ reference_id: `${reference}-not` });
  const answer = await fetch(`${page}/decline`, { method: 'POST' });
  if (answer.status !== 200) return `the page answers ${answer.status}`;
  const [{ doc }] = await arrived((d) => d.doc.type === 'auth_cancelled' && d.doc.reference_id === `${reference}-not`);
  return doc.status === 'error' ? '' : JSON.stringify(doc);
});
await attempt('a person leaves: deauth', async () => {
  const { users: [{ user_id: guest }] } = await client.user.getinfoforuserid({ reference_id: reference });
  await client.authentication.deauthenticateuser({ user_id: guest });
  const [{ doc }] = await arrived((d) => d.doc.type === 'deauth' && d.doc.user?.user_id === guest);
  return doc.status === 'success' ? '' : JSON.stringify(doc);
});
// signatures is how many secrets signed a delivery.
const signatures = (delivery) => delivery?.headers['terra-signature']?.match(/v1=/g)?.length ?? 0;
await attempt('after a rotation both secrets verify', async () => {
  const { secret: next } = await call('POST', `/endpoints/${endpoint.id}/rotate?keep=1h`);
  let last;
  for (let tries = 0; tries < 10 && signatures(last) < 2; tries++) { // a gateway may look for secrets every few seconds only
    if (last) await new Promise((later) => setTimeout(later, 1000));
    const { reference: about } = await client.athlete.fetch({ user_id: user });
    [last] = await arrived((d) => d.headers['terra-reference'] === about);
  }
  for (const one of [secret, next]) {
    await verifyTerraWebhookSignature(last.body, last.headers['terra-signature'], one);
    new Webhook(one).verify(last.body, last.headers);
  }
  return next !== secret ? '' : 'it is the same';
});
await attempt('the list of deliveries has no contents', async () => {
  const text = JSON.stringify(await call('GET', '/deliveries?limit=1000'));
  return text.includes('"delivered"') && !/calories|weight|_kg/.test(text) ? '' : text.slice(0, 200);
});

// accepts gives the name of each verifier that takes a delivery so many seconds
// after it was signed. The clock is set, since verifiers compare with it.
async function accepts({ headers: h, body }, age) {
  const now = Date.now;
  Date.now = () => (Number(h['webhook-timestamp']) + age) * 1000;
  const names = [];
  const take = async (name, verify) => { try { if (await verify()) names.push(name); } catch { /* refused */ } };
  try {
    await take('2.1.0', () => verifyTerraWebhookSignature(body, h['terra-signature'], secret));
    await take('2.1.0, X-', () => verifyTerraWebhookSignature(body, h['x-terra-signature'], secret));
    await take('1.4.8', () => new Terra('', '', secret).checkTerraSignature(h['terra-signature'], body));
    await take('standard', () => { new Webhook(secret).verify(body, h); return true; });
  } finally {
    Date.now = now;
  }
  return names.join('; ');
}

const all = '2.1.0; 2.1.0, X-; 1.4.8; standard';
for (const [i, d] of received.entries()) {
  const name = `${String(i).padStart(3, '0')}-${d.doc.type}`;
  fs.writeFileSync(path.join(out, `${name}.json`), d.body);
  await attempt(`${name} is verified`, async () => {
    const age = (d.at - Number(d.headers['webhook-timestamp']) * 1000) / 1000;
    if (age < -1 || age > 60) return `it was signed ${age} s before it came`;
    const takers = await accepts(d, 299);
    // 1.4.8 reads one v1: that of the newest secret, which the first is no more.
    return takers === all || (signatures(d) > 1 && takers === '2.1.0; 2.1.0, X-; standard') ? '' : `only by ${takers}`;
  });
}
await attempt('after 301 seconds it is refused, and with one byte more', async () => {
  if (received.length === 0) return 'nothing came';
  const late = await accepts(received[0], 301);
  const changed = await accepts({ ...received[0], body: `${received[0].body} ` }, 0);
  return late === '1.4.8' && changed === '' ? '' : `late by ${late}, changed by ${changed}`; // 1.4.8 looks at no time
});
await call('DELETE', `/endpoints/${endpoint.id}`).catch(() => {});
receiver.close();
receiver.closeAllConnections();
report.done();
