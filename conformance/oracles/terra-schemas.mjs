// Terra's own published schemas (JSON Schema 2020-12) read every document of
// every envelope: terra-schemas.mjs SCHEMAS PATH... They allow properties that
// they do not name; here such a property is a fault, since it is a misspelt one.
import path from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { Report, files, readJSON } from './report.mjs';

const schemaOf = {
  nutrition: 'Nutrition.json', body: 'Body.json', activity: 'Activity.json',
  daily: 'Daily.json', sleep: 'Sleep.json', athlete: 'Athlete.json',
};

const [schemas, ...paths] = process.argv.slice(2);
const ajv = new Ajv.default({ allErrors: true, strict: false, logger: false });
formats.default(ajv);
for (const file of files([schemas], '.json')) {
  const schema = readJSON(file);
  if (schema.properties) schema.unevaluatedProperties = false;
  ajv.addSchema(schema, path.basename(file));
}

function faultsOf(schema, doc) {
  const validate = ajv.getSchema(schema);
  if (validate(doc)) return [];
  return validate.errors.map((e) => `${schema}${e.instancePath} ${e.message} ${e.params.unevaluatedProperty ?? ''}`.trim());
}

const report = new Report();
for (const file of files(paths, '.json')) {
  const { type, user, data, athlete } = readJSON(file);
  const name = path.basename(file);
  if (!(type in schemaOf)) {
    report.check(name, [`an envelope of type ${type}`]);
    continue;
  }
  report.check(`${name} user`, faultsOf('TerraUser.json', user));
  const docs = type === 'athlete' ? [athlete] : data;
  for (const [i, doc] of docs.entries()) report.check(`${name} [${i}]`, faultsOf(schemaOf[type], doc));
}
report.done();
