// xmllint reads FHIR XML with HL7's R4 schema: fhir-xsd.mjs XSD PATH...
// It counts resources, the Bundles around them not among them.
import fs from 'node:fs';
import { spawnSync } from 'node:child_process';
import { Report, files } from './report.mjs';

const [schema, ...paths] = process.argv.slice(2);
const all = files(paths, '.xml');
const { error, stderr } = spawnSync('xmllint', ['--noout', '--nonet', '--huge', '--schema', schema, ...all],
  { encoding: 'utf8', maxBuffer: 1 << 28 });
if (error) throw error;

// One line a fault, "FILE:LINE: element NAME: Schemas validity error : TEXT",
// and one line a file, "FILE validates" or "FILE fails to validate".
const lines = stderr.split('\n');
const report = new Report();
for (const file of all) {
  const xml = fs.readFileSync(file, 'utf8');
  const faults = lines.filter((l) => l.startsWith(`${file}:`)).map((l) => l.slice(file.length + 1));
  if (!lines.includes(`${file} validates`)) faults.push('does not validate');
  const count = Math.max(1, xml.split('<resource>').length - 1);
  for (let i = 1; i < count; i++) report.check(file, []);
  report.check(file, faults);
}
report.done(`${all.length} files`);
