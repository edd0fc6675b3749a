// Terra's SDK 2.1.0 calls every method that applies on a running gateway and
// keeps the data in OUT/terra, OUT/fhir and OUT/fit: terra-sdk.mjs URL DEV_ID KEY OUT
import fs from 'node:fs';
import path from 'node:path';
import { TerraClient } from 'terra-api';
import { Report } from './report.mjs';

const [base, devId, apiKey, out] = process.argv.slice(2);
const client = new TerraClient({ baseUrl: `${base}/v2`, devId, apiKey, maxRetries: 0 });
const headers = { 'dev-id': devId, 'x-api-key': apiKey };
const report = new Report();

// attempt counts one claim; what check returns or throws is its fault.
async function attempt(claim, check) {
  try {
    const fault = await check();
    report.check(claim, fault ? [fault] : []);
  } catch (err) {
    report.check(claim, [err.statusCode ? `status ${err.statusCode}: ${JSON.stringify(err.body)}` : String(err)]);
  }
}

// thrown gives the status with which the SDK refuses.
async function thrown(call) {
  try {
    await call();
  } catch (err) {
    return err.statusCode;
  }
  return 'none';
}

const day = (offset) => new Date(Date.now() + offset * 86400e3).toISOString().slice(0, 10);
let user;
await attempt('the subscriptions list a user', async () => {
  const { users } = await client.user.getalluserids();
  user = users?.[0]?.user_id;
  return typeof user === 'string' && user !== '' ? '' : `got ${JSON.stringify(users)}`;
});

for (const type of ['nutrition', 'body', 'activity', 'daily', 'sleep']) {
  await attempt(`${type} of a month`, async () => {
    const answer = await client[type].fetch({ user_id: user, start_date: day(-30), end_date: day(0), to_webhook: false, with_samples: true });
    fs.writeFileSync(path.join(out, 'terra', `${type}.json`), JSON.stringify(answer));
    if (answer.type !== type) return `type is ${answer.type}`;
    if (answer.user?.user_id !== user) return 'it is of another user';
    return answer.data?.length > 0 ? '' : 'no data';
  });
  await attempt(`${type} by seconds since 1970`, async () => {
    const answer = await client[type].fetch({ user_id: user, start_date: Math.floor(Date.now() / 1000) - 10 * 86400, to_webhook: false });
    return Array.isArray(answer.data) ? '' : `data is ${typeof answer.data}`;
  });
  await attempt(`${type} as FHIR`, async () => {
    const bundle = await client[type].fetch({ user_id: user, start_date: day(-7), end_date: day(0), to_webhook: false },
      { headers: { Accept: 'application/fhir+json' } });
    fs.writeFileSync(path.join(out, 'fhir', `v2-${type}.json`), JSON.stringify(bundle));
    return bundle.resourceType === 'Bundle' && bundle.entry?.length > 0 ? '' : `got ${JSON.stringify(bundle).slice(0, 200)}`;
  });
  await attempt(`${type} in a type that there is not`, async () => {
    const status = await thrown(() => client[type].fetch({ user_id: user, start_date: day(-7), to_webhook: false }, { headers: { Accept: 'text/csv' } }));
    return status === 406 ? '' : `status ${status}, want 406`;
  });
}

await attempt('the athlete', async () => {
  const answer = await client.athlete.fetch({ user_id: user, to_webhook: false });
  fs.writeFileSync(path.join(out, 'terra', 'athlete.json'), JSON.stringify(answer));
  return answer.type === 'athlete' && answer.athlete ? '' : `got ${JSON.stringify(answer).slice(0, 200)}`;
});

// fetchFIT asks without the SDK, which takes every answer for text.
async function fetchFIT(name, route) {
  const answer = await fetch(`${base}/v2/${route}`, { headers: { ...headers, Accept: 'application/vnd.ant.fit' } });
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (answer.status !== 200) return `status ${answer.status}`;
  const isZIP = bytes.subarray(0, 2).toString() === 'PK';
  if (!isZIP && bytes.subarray(8, 12).toString() !== '.FIT') return `neither FIT nor ZIP: ${answer.headers.get('content-type')}`;
  if (!isZIP) fs.writeFileSync(path.join(out, 'fit', `${name}.fit`), bytes);
  return '';
}

for (const type of ['activity', 'body']) {
  await attempt(`${type} as FIT`, () => fetchFIT(type, `${type}?user_id=${user}&start_date=${day(-60)}&end_date=${day(0)}&to_webhook=false`));
}
await attempt('one activity as FIT', async () => {
  const { data } = JSON.parse(fs.readFileSync(path.join(out, 'terra', 'activity.json'), 'utf8'));
  const fault = await fetchFIT('one', `activity/${data[0].metadata.summary_id}?user_id=${user}`);
  return fault || (fs.existsSync(path.join(out, 'fit', 'one.fit')) ? '' : 'it is not a single file');
});

await attempt('menstruation is there and empty', async () => {
  const answer = await client.menstruation.fetch({ user_id: user, start_date: day(-30), to_webhook: false });
  return answer.data?.length === 0 ? '' : `got ${JSON.stringify(answer).slice(0, 200)}`;
});

// same gives what differs between what was got and what was wanted.
const same = (got, want) => (JSON.stringify(got) === JSON.stringify(want) ? '' : `got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);

await attempt('the integrations', async () => {
  const { status, providers, sdk_providers: sdk } = await client.integrations.fetch();
  return same([status, providers, sdk], ['success', ['CRONOMETER'], []]);
});
await attempt('the integrations in detail', async () => {
  const { providers } = await client.integrations.detailedfetch({ sdk: true });
  return providers.length === 1 && providers[0].types.nutrition === true && providers[0].types.menstruation === false ? '' : JSON.stringify(providers);
});

const reference = `sdk-${process.pid}`;
let guest;
await attempt('a user is asked to connect', async () => {
  const answer = await client.authentication.authenticateuser({ resource: 'CRONOMETER', reference_id: reference, language: 'en', auth_success_redirect_url: 'https://app.example/ok' });
  guest = answer.user_id;
  const page = await fetch(answer.auth_url);
  return answer.status === 'success' && guest && page.status === 200 ? '' : `${JSON.stringify(answer)}, and its page ${page.status}`;
});
await attempt('a widget session', async () => {
  const answer = await client.authentication.generatewidgetsession({ providers: 'CRONOMETER,OURA', reference_id: reference });
  const page = await fetch(answer.url);
  return answer.session_id && answer.expires_in === 900 && page.status === 200 ? '' : `${JSON.stringify(answer)}, and its page ${page.status}`;
});
await attempt('a token', async () => {
  const { status, token, expires_in: expires } = await client.authentication.generateauthtoken();
  return status === 'success' && token.length >= 32 && expires === 180 ? '' : `expires in ${expires}`;
});
await attempt('a user by id', async () => {
  const answer = await client.user.getinfoforuserid({ user_id: user });
  return same([answer.is_authenticated, answer.user.user_id, answer.user.provider], [true, user, 'CRONOMETER']);
});
await attempt('a user by reference', async () => {
  const { users } = await client.user.getinfoforuserid({ reference_id: reference });
  return same(users.map((u) => u.user_id), [guest]);
});
await attempt('users by their ids', async () => {
  const users = await client.user.getinfoformultipleuserids([guest, user]);
  return same(users.map((u) => u.user_id), [guest, user]);
});
await attempt('the subscriptions in pages', async () => {
  const { data } = await client.user.getalluserids({ page: 0, per_page: 1 });
  return same([data.results.length, data.next, data.max_page > 0], [1, 1, true]);
});
await attempt('a user gets another reference', async () => {
  const answer = await client.user.modifyuser(guest, { reference_id: `${reference}-new`, active: false });
  return same([answer.status, answer.user.reference_id, answer.user.active], ['success', `${reference}-new`, false]);
});
await attempt('a user is deauthenticated', async () => {
  const { status } = await client.authentication.deauthenticateuser({ user_id: guest });
  const after = await thrown(() => client.user.getinfoforuserid({ user_id: guest }));
  return same([status, after], ['success', 404]);
});

const wrong = new TerraClient({ baseUrl: `${base}/v2`, devId, apiKey: 'wrong', maxRetries: 0 });
const refusals = {
  'a wrong key': [401, () => wrong.user.getalluserids()],
  'a user that there is not': [404, () => client.nutrition.fetch({ user_id: '00000000-0000-4000-8000-000000000000', start_date: day(-7), to_webhook: false })],
  'a provider that is not enabled': [400, () => client.authentication.authenticateuser({ resource: 'OURA' })],
  'a JavaScript Date, which the SDK writes as JSON': [400, () => client.nutrition.fetch({ user_id: user, start_date: new Date(), to_webhook: false })],
  'a date that is none': [400, () => client.nutrition.fetch({ user_id: user, start_date: '2026-02-30', to_webhook: false })],
};
for (const [claim, [want, call]] of Object.entries(refusals)) {
  await attempt(`${claim} is refused`, async () => {
    const got = await thrown(call);
    return got === want ? '' : `status ${got}, want ${want}`;
  });
}
report.done();
