// The strict schemas of schemas/, read by ajv and not by the program's own
// reader, over every answer below /v2 and every event: strict-schemas.mjs
// SCHEMAS PATH... An answer says of which request it is (run/recorder.go).
import path from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { Report, files, readJSON } from './report.mjs';

const [schemas, ...paths] = process.argv.slice(2);
const ajv = new Ajv.default({ allErrors: true, strict: false, logger: false });
formats.default(ajv);
for (const folder of ['terra', 'event']) {
  for (const file of files([path.join(schemas, folder)], '.json')) ajv.addSchema(readJSON(file));
}

// The schema of an answer that is no error, by the route.
const schemaOf = {
  'auth/authenticateUser': 'authentication', 'auth/generateWidgetSession': 'widget_session', 'auth/generateAuthToken': 'auth_token',
  'auth/deauthenticateUser': 'status', bulkUserInfo: 'user_list', integrations: 'integrations',
  'integrations/detailed': 'integrations_detailed', settings: 'settings',
};
const ours = /^(endpoints|deliveries)(\/|$)/; // the operator's, which have no schema

function schemaFor({ method, path: route, status, body }) {
  if (status >= 400) return 'terra/problem';
  if (schemaOf[route]) return `terra/${schemaOf[route]}`;
  if (route === 'userInfo') return body.users ? 'terra/users' : 'terra/user_info';
  if (route === 'subscriptions') return body.users ? 'terra/users' : 'terra/users_page';
  if (method === 'PATCH' && route.startsWith('users/')) return 'terra/modified_user';
  if (route === 'athlete' && body.athlete) return 'terra/athlete_data';
  return body.data ? 'terra/data' : 'terra/acknowledgement';
}

// An event has a version; what its data is not in is named without one.
function faultsOf(name, doc) {
  const validate = ajv.getSchema(`https://nutrigate.dev/schemas/${name}.v1.json`);
  if (!validate) return [`there is no schema ${name}`];
  if (validate(doc)) return [];
  return validate.errors.map((e) => `${name}${e.instancePath} ${e.message} ${e.params.additionalProperty ?? ''}`.trim());
}

const report = new Report();
const seen = new Set();
for (const file of files(paths, '.json')) {
  const doc = readJSON(file);
  const answer = 'status' in doc && 'path' in doc;
  if (answer && ours.test(doc.path)) continue;
  const schema = answer ? schemaFor(doc) : `event/${doc.type}`;
  seen.add(schema);
  report.check(`${path.basename(file)} ${answer ? `${doc.method} ${doc.path} ${doc.status}` : ''}`.trim(), faultsOf(schema, answer ? doc.body : doc));
}
report.done(`of ${seen.size} kinds`);
