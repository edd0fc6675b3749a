// Garmin's own SDK reads every FIT file: fit.mjs PATH...
import fs from 'node:fs';
import { Decoder, Stream } from '@garmin/fitsdk';
import { Report, files } from './report.mjs';

// read returns what is wrong with one file. checkIntegrity looks only at the
// header and the CRC, so read's errors count too; and messages are in order of
// time, as Garmin's readers expect, except those about a whole.
function read(file) {
  const stream = Stream.fromBuffer(fs.readFileSync(file));
  if (!Decoder.isFIT(stream)) return ['is not FIT'];
  const decoder = new Decoder(stream);
  if (!decoder.checkIntegrity()) return ['fails checkIntegrity'];
  const faults = [];
  let last = 0;
  let count = 0;
  const mesgListener = (number, message) => {
    count++;
    const at = message.timestamp?.getTime?.();
    if (at === undefined) return;
    if (at < last) faults.push(`message ${count} (number ${number}) goes back in time`);
    last = at;
  };
  const { messages, errors } = decoder.read({ mesgListener });
  for (const e of errors) faults.push(`read: ${e.message ?? e}`);
  return [...faults, ...missing(messages)];
}

// missing says which messages Garmin asks for and the file lacks
// (developer.garmin.com/fit/file-types/activity).
function missing(messages) {
  const counted = (name) => (messages[name] ?? []).length;
  if (counted('fileIdMesgs') !== 1) return [`has ${counted('fileIdMesgs')} file_id messages, not 1`];
  const faults = [];
  switch (messages.fileIdMesgs[0].type) {
    case 'activity':
      for (const name of ['sessionMesgs', 'lapMesgs', 'recordMesgs']) {
        if (counted(name) === 0) faults.push(`has no ${name}`);
      }
      if (counted('activityMesgs') !== 1) faults.push(`has ${counted('activityMesgs')} activity messages, not 1`);
      for (const m of [...(messages.sessionMesgs ?? []), ...(messages.lapMesgs ?? [])]) {
        for (const field of ['timestamp', 'startTime', 'totalElapsedTime', 'totalTimerTime']) {
          if (m[field] === undefined) faults.push(`has a summary without ${field}`);
        }
      }
      break;
    case 'weight':
      if (counted('weightScaleMesgs') === 0) faults.push('has no weight_scale message');
      break;
    case 'bloodPressure':
      if (counted('bloodPressureMesgs') === 0) faults.push('has no blood_pressure message');
      break;
  }
  return faults;
}

const report = new Report();
for (const file of files(process.argv.slice(2), '.fit')) report.check(file, read(file));
report.done();
