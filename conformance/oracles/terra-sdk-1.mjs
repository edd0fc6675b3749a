// Terra's SDK 1.4.8 calls every method on a running gateway. Its address is
// fixed, so what it asks of Terra's host is sent to the gateway:
// terra-sdk-1.mjs URL DEV_ID KEY
import http from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import { Report } from './report.mjs';

const [base, devId, apiKey] = process.argv.slice(2);
const gateway = new URL(base);
const asked = [];
https.request = (options, answered) => {
  if (options.hostname !== 'api.tryterra.co') throw new Error(`asks ${options.hostname}`);
  asked.push(options.path);
  return http.request({ ...options, protocol: gateway.protocol, host: gateway.hostname, hostname: gateway.hostname, port: gateway.port, agent: undefined }, answered);
};
const { Terra } = createRequire(import.meta.url)('terra-api-1');
const terra = new Terra(devId, apiKey, 'a secret');
const report = new Report();

async function attempt(claim, check) {
  try {
    const fault = await check();
    report.check(claim, fault ? [fault] : []);
  } catch (err) {
    report.check(claim, [err instanceof Error ? String(err) : JSON.stringify(err)]);
  }
}
const same = (got, want) => (JSON.stringify(got) === JSON.stringify(want) ? '' : `got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);

// refused gives what the SDK rejects with: the body of the answer.
async function refused(call) {
  try {
    await call();
  } catch (err) {
    return err;
  }
  return { status: 'not refused' };
}

let user;
await attempt('the users', async () => {
  const { users } = await terra.getUsers();
  user = users[0].user_id;
  return user ? '' : 'no user';
});
const days = { userId: user, startDate: new Date(Date.now() - 20 * 86400e3), endDate: new Date(), toWebhook: false, withSamples: true };
for (const type of ['Nutrition', 'Body', 'Activity', 'Daily', 'Sleep', 'Menstruation']) {
  await attempt(`${type} of twenty days`, async () => {
    const answer = await terra[`get${type}`](days);
    const empty = type === 'Menstruation';
    return same([answer.status, answer.type, answer.user.user_id, answer.data.length === 0], ['success', type.toLowerCase(), user, empty]);
  });
}
await attempt('the athlete', async () => {
  const answer = await terra.getAthlete({ userId: user, toWebhook: false });
  return same([answer.type, typeof answer.athlete], ['athlete', 'object']);
});
await attempt('the providers', async () => same((await terra.getProviders()).providers, ['CRONOMETER']));
await attempt('a token', async () => same((await terra.generateAuthToken()).status, 'success'));
const reference = `sdk-1-${process.pid}`;
let guest;
await attempt('a user is asked to connect', async () => {
  const answer = await terra.authUser({ resource: 'CRONOMETER', referenceId: reference });
  guest = answer.user_id;
  return answer.status === 'success' && guest && answer.auth_url ? '' : JSON.stringify(answer);
});
await attempt('a widget session', async () => {
  const answer = await terra.generateWidgetSession({ referenceID: reference, language: 'en', providers: ['CRONOMETER'] });
  return same([answer.status, answer.expires_in], ['success', 900]);
});
await attempt('a user by id', async () => same((await terra.getUser({ userID: user })).user.user_id, user));
await attempt('a user by reference', async () => same((await terra.getUser({ referenceID: reference })).users.map((u) => u.user_id), [guest]));
await attempt('a user gets another reference', async () => same((await terra.patchUser(guest, `${reference}-new`, true)).user.reference_id, `${reference}-new`));
await attempt('a user is deauthenticated', async () => {
  await terra.deauthUser(guest);
  const { status, message } = await refused(() => terra.getUser({ userID: guest }));
  return status === 'error' && message ? '' : `afterwards ${status}`;
});
await attempt('a wrong key is refused, with a message', async () => {
  const { status, message } = await refused(() => new Terra(devId, 'wrong', '').getUsers());
  return status === 'error' && message ? '' : `${status} ${message}`;
});
await attempt('everything was asked of the gateway', async () => (asked.length >= 16 ? '' : `${asked.length} requests`));
report.done();
