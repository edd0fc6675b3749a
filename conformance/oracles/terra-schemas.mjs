// Terra's own published schemas (JSON Schema 2020-12) read every document of
// every envelope, and every event: terra-schemas.mjs SCHEMAS PATH... They allow
// properties that they do not name; here such a property is a fault, since it is
// a misspelt one.
import path from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { Report, files, readJSON } from './report.mjs';

const schemaOf = {
  nutrition: 'Nutrition.json', body: 'Body.json', activity: 'Activity.json',
  daily: 'Daily.json', sleep: 'Sleep.json', athlete: 'Athlete.json',
};

// Events have a version. Terra's list of July 2026 has these.
const eventOf = {
  nutrition: 'NutritionEvent.json', body: 'BodyEvent.json', activity: 'ActivityEvent.json', daily: 'DailyEvent.json',
  sleep: 'SleepEvent.json', athlete: 'AthleteEvent.json', auth: 'AuthSuccessEvent.json', auth_cancelled: 'AuthErrorEvent.json', deauth: 'DeauthEvent.json',
  user_reauth: 'UserReauthEvent.json', access_revoked: 'AccessRevokedEvent.json', connection_error: 'ConnectionErrorEvent.json',
  permission_change: 'PermissionChangeEvent.json',
  large_request_processing: 'LargeRequestProcessingEvent.json', large_request_sending: 'LargeRequestSendingEvent.json',
};

// These are in Terra's API and SDKs, but have no published schema; the user is
// checked in them.
const unpublished = new Set(['menstruation', 'processing', 'healthcheck']);

// answers are what routes other than those of data answer with (run/recorder.go).
const usersOf = (body) => [body.user, body.users, body.data?.results, Array.isArray(body) ? body : []].flat().filter((u) => u?.user_id);

// plain leaves out what Terra's OpenAPI adds to a user in userInfo alone: times, or null.
function plain({ last_polled_at: polled, most_recent_data_at: recent, ...user }) {
  const isTime = (t) => t === undefined || t === null || !Number.isNaN(Date.parse(t));
  return isTime(polled) && isTime(recent) ? user : { ...user, 'last_polled_at or most_recent_data_at': 'is no time' };
}

const [schemas, ...paths] = process.argv.slice(2);
const ajv = new Ajv.default({ allErrors: true, strict: false, logger: false });
formats.default(ajv);
for (const file of files([schemas], '.json')) {
  const schema = readJSON(file);
  // WebhookEvent is a part of every event, which has more properties.
  if (schema.properties && path.basename(file) !== 'WebhookEvent.json') schema.unevaluatedProperties = false;
  ajv.addSchema(schema, path.basename(file));
}

function faultsOf(schema, doc) {
  const validate = ajv.getSchema(schema);
  if (validate(doc)) return [];
  return validate.errors.map((e) => `${schema}${e.instancePath} ${e.message} ${e.params.unevaluatedProperty ?? ''}`.trim());
}

const report = new Report();
for (const file of files(paths, '.json')) {
  let { version, ...doc } = readJSON(file);
  let name = path.basename(file);
  if ('method' in doc) {
    name += ` ${doc.method} ${doc.path} ${doc.status}`;
    for (const user of usersOf(doc.body)) report.check(`${name} user`, faultsOf('TerraUser.json', doc.path === 'userInfo' ? plain(user) : user));
    if (doc.status !== 200 || !(doc.body.type in schemaOf)) continue;
    doc = doc.body;
    if (!doc.data && !doc.athlete) continue; // an acknowledgement
  }
  const { type, user, data, athlete } = doc;
  if (version !== undefined) {
    if (unpublished.has(type)) {
      report.check(name, user ? faultsOf('TerraUser.json', user) : []);
      continue;
    }
    const schema = eventOf[type];
    // Every event has a version; some schemas do not name it.
    const named = schema && ajv.getSchema(schema)?.schema.properties.version;
    report.check(name, schema ? faultsOf(schema, named ? { ...doc, version } : doc) : [`an event of type ${type}`]);
    continue;
  }
  if (!(type in schemaOf)) {
    report.check(name, [`an envelope of type ${type}`]);
    continue;
  }
  report.check(`${name} user`, faultsOf('TerraUser.json', user));
  const docs = type === 'athlete' ? [athlete] : data;
  for (const [i, one] of docs.entries()) report.check(`${name} [${i}]`, faultsOf(schemaOf[type], one));
}
report.done();
