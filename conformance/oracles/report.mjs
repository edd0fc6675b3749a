// What every oracle here says: up to 50 faults, then one line that sums up.
import fs from 'node:fs';
import path from 'node:path';

export class Report {
  #checked = 0;
  #faults = 0;

  // check counts one thing and the faults found in it.
  check(where, faults) {
    this.#checked++;
    for (const fault of faults) {
      if (++this.#faults <= 50) console.log(`${where}: ${fault}`);
    }
  }

  // done prints the sum and ends: 1 where there is a fault, or nothing was checked.
  done(note = '') {
    console.log(`${this.#checked} checked, ${this.#faults} faults${note && `; ${note}`}`);
    process.exitCode = this.#checked > 0 && this.#faults === 0 ? 0 : 1;
  }
}

// files returns the files with the given extension under the given paths, sorted.
export function files(paths, extension) {
  return paths.flatMap((p) => {
    if (!fs.statSync(p).isDirectory()) return [p];
    return fs.readdirSync(p, { recursive: true }).map((name) => path.join(p, name));
  }).filter((name) => name.endsWith(extension)).sort();
}

export const readJSON = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));

// resources yields every resource of the given JSON files with its place. Of a
// Bundle these are its entries' and the Bundle itself with its first entry, so
// that nothing is read twice.
export function* resources(paths) {
  for (const file of files(paths, '.json')) {
    const doc = readJSON(file);
    const all = doc.resourceType === 'Bundle' ? [{ ...doc, ...(doc.entry && { entry: doc.entry.slice(0, 1) }) }, ...(doc.entry ?? []).map((e) => e.resource).filter(Boolean)] : [doc];
    for (const r of all) yield [`${path.basename(file)} ${r.resourceType}/${r.id ?? '-'}`, r];
  }
}
