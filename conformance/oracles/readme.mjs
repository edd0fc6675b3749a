// Runs the commands of the README, as they are written, beside the running
// gateway with its demo: the block that asks it under "Two commands", and those
// under "For EHRs". readme.mjs BASE README PROGRAM DATA
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { Report } from './report.mjs';

const [base, readme, program, data] = process.argv.slice(2);
const report = new Report();

// What the output of a line has to hold, by what is in the line. A line that has
// none here sets a variable, and is right if nothing in it fails.
const says = [
  [/^fhir metadata/, /"resourceType":"CapabilityStatement"/],
  [/v2\/activity.*activity\.zip|activity\.zip.*v2\/activity/, /^$/],
  [/Accept: application\/fhir\+json.*v2\/activity/, /"resourceType":"Bundle"/],
  [/v2\/activity/, /"type":"activity"/],
  [/\$summary/, /"type":"document"[\s\S]*60591-5/],
  [/\$everything/, /"resourceType":"Patient"[\s\S]*"resourceType":"Observation"/],
  [/\$lastn/, /29463-7/],
  [/code=http:\/\/loinc.org%7C75298-0/, /75298-0/],
  [/code=http:\/\/loinc.org%7C29463-7/, /29463-7/],
  [/^for u in/, /^\{.*"resourceType":"Goal"/m],
];

// blocks returns the lines of each block of commands below a heading.
function blocks(text, heading) {
  const section = text.split(/^## /m).find((s) => s.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((m) => m[1].trim().split('\n'));
}

const text = fs.readFileSync(readme, 'utf8');
const asks = blocks(text, 'Two commands').filter((lines) => lines[0].startsWith('U='));
const lines = [...asks, ...blocks(text, 'For EHRs')].flat().filter((l) => !l.startsWith('#'));
for (const shell of ['sh', 'bash']) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'readme-'));
  fs.mkdirSync(path.join(dir, 'bin'));
  fs.symlinkSync(program, path.join(dir, 'bin', 'nutrigate'));
  // A status of 400 or more is a failure here; what each line says comes behind a mark.
  const script = [
    'curl() { command curl --fail-with-body --silent --show-error --max-time 120 "$@"; }', 'set -e',
    ...lines.map((l, i) => `printf '\\n=== ${i}\\n'; ${l.replaceAll('localhost:8080', new URL(base).host)}`),
    "printf '\\n=== end\\n'",
  ].join('\n');
  const { stdout, stderr } = spawnSync(shell, ['-c', script], { cwd: dir, encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, NUTRIGATE_DATA: data } });
  const said = stdout.split(/^=== /m);
  for (const [i, line] of lines.entries()) {
    const mine = said.find((part) => part.startsWith(`${i}\n`));
    const ended = said.some((part) => part.startsWith(`${i + 1 === lines.length ? 'end' : i + 1}\n`));
    const [, holds = /^$/] = says.find(([of]) => of.test(line)) ?? [];
    const output = (mine ?? '').slice(`${i}\n`.length).trim();
    const faults = [];
    if (mine === undefined) faults.push('not reached');
    else if (!ended) faults.push(`fails: ${stderr.trim().slice(-300)} ${output.slice(0, 300)}`);
    else if (!holds.test(output)) faults.push(`says ${output.slice(0, 300)}`);
    report.check(`${shell}: ${line.slice(0, 80)}`, faults);
  }
  fs.rmSync(dir, { recursive: true });
}
report.done();
