// What fhir-walk asks of each search parameter: queries, and which resources of
// those that are known have to be found. Values come from the resources, so that
// each query finds something.
import {
  amount, componentTypes, dateIs, definition, normal, parts, quantityIs, referenceOf, span, strings, tokenIs, tokens, tokenSays, values,
} from './fhir-model.mjs';

// escaped guards what separates values (R4 search.html#escaping).
const escaped = (text) => text.replace(/[\\|,$]/g, (c) => `\\${c}`);
const any = (name, is) => (r) => values(r, name).some(is);

// spread returns up to n things that differ by their key, from all over a list.
function spread(list, n, key) {
  const distinct = [...new Map(list.map((x) => [key(x), x])).values()];
  return distinct.filter((_, i) => i % Math.ceil(distinct.length / n) === 0).slice(0, n);
}

const all = (known, name) => known.flatMap((r) => values(r, name));

// probes yields [query, keep] for a parameter: keep says of a resource whether
// the query has to find it.
export function* probes(type, { name, type: kind }, known) {
  if (!definition(type, name)) return;
  const has = (r) => values(r, name).length > 0;
  if (kind !== 'composite' && name !== '_id') {
    yield [{ [`${name}:missing`]: 'true' }, (r) => !has(r)];
    yield [{ [`${name}:missing`]: 'false' }, has];
  }
  if (known.some(has)) yield* kinds[kind]?.(name, known, type) ?? [];
}

const kinds = {
  * token(name, known) {
    const coded = all(known, name).flatMap(tokens).filter((t) => t.code !== undefined);
    for (const { system, code } of spread(coded, 3, (t) => `${t.system}|${t.code}`)) {
      const full = (system === undefined ? '' : `${escaped(system)}|`) + escaped(code);
      const is = any(name, (v) => tokenIs(v, { system, code }));
      yield [{ [name]: full }, is];
      if (name === '_id') continue;
      yield [{ [name]: escaped(code) }, any(name, (v) => tokenIs(v, { code }))];
      if (!['true', 'false'].includes(code)) yield [{ [name]: `${full},no-such-code` }, is];
      yield [{ [`${name}:not`]: full }, (r) => !is(r)];
      if (system === undefined) continue;
      yield [{ [name]: `${escaped(system)}|` }, any(name, (v) => tokenIs(v, { system }))];
      yield [{ [name]: `|${escaped(code)}` }, any(name, (v) => tokens(v).some((t) => t.code === code && t.system === undefined))];
    }
    for (const { text } of spread(all(known, name).flatMap(tokens).filter((t) => t.text), 1, (t) => t.text)) {
      yield [{ [`${name}:text`]: escaped(text) }, any(name, (v) => tokenSays(v, text))];
    }
  },

  * reference(name, known) {
    const to = all(known, name).map(referenceOf).filter((r) => /^[A-Za-z]+\/[^/]+$/.test(r ?? ''));
    for (const reference of spread(to, 2, (r) => r)) {
      const [target, id] = reference.split('/');
      const is = any(name, (v) => referenceOf(v) === reference);
      yield [{ [name]: reference }, is];
      yield [{ [name]: id }, is];
      yield [{ [`${name}:${target}`]: id }, is];
      yield [{ [`${name}:${target}._id`]: id }, is];
    }
    for (const { value: { identifier } } of spread(all(known, name).filter((v) => v.value.identifier?.value), 1, (v) => v.value.identifier.value)) {
      yield [{ [`${name}:identifier`]: `${identifier.system ?? ''}|${identifier.value}` }, any(name, (v) => v.value.identifier?.value === identifier.value)];
    }
  },

  * date(name, known) {
    const elements = all(known, name);
    if (elements.every((v) => typeof v.value === 'string' && v.value.endsWith('Z'))) {
      yield* instants(name, elements);
      return;
    }
    for (const day of spread(elements.map((v) => span(v).from).filter(Boolean).sort(), 2, (d) => d)) {
      for (const prefix of ['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'sa', 'eb']) yield [{ [name]: prefix + day }, any(name, (v) => dateIs(v, prefix, day))];
      yield [{ [name]: day }, any(name, (v) => dateIs(v, 'eq', day))];
      yield [{ [name]: [`ge${day}`, `le${day}`] }, (r) => any(name, (v) => dateIs(v, 'ge', day))(r) && any(name, (v) => dateIs(v, 'le', day))(r)];
    }
    for (const time of spread(elements.map((v) => v.value).filter((v) => typeof v === 'string' && v.length > 10), 1, (v) => v)) {
      yield [{ [name]: time }, any(name, (v) => v.value?.length > 10 && Date.parse(v.value) === Date.parse(time))];
    }
  },

  * string(name, known) {
    for (const text of spread(all(known, name).flatMap(strings).filter((s) => s.trim()), 2, normal)) {
      const start = text.slice(0, 4);
      yield [{ [name]: escaped(start.toUpperCase()) }, any(name, (v) => strings(v).some((s) => normal(s).startsWith(normal(start))))];
      yield [{ [`${name}:exact`]: escaped(text) }, any(name, (v) => strings(v).includes(text))];
      const middle = text.slice(2, 6).trim();
      if (middle) yield [{ [`${name}:contains`]: escaped(middle) }, any(name, (v) => strings(v).some((s) => normal(s).includes(normal(middle))))];
    }
  },

  * uri(name, known) {
    for (const { value } of spread(all(known, name), 2, (v) => v.value)) {
      yield [{ [name]: escaped(value) }, any(name, (v) => v.value === value)];
      yield [{ [name]: escaped(value.toUpperCase()) }, any(name, (v) => v.value === value.toUpperCase())];
    }
  },

  * quantity(name, known) {
    for (const { value } of spread(all(known, name).filter((v) => v.value.code), 3, (v) => v.value.code)) {
      const { system, code } = value;
      const text = String(value.value);
      for (const prefix of ['', 'ne', 'gt', 'ge', 'lt', 'le']) {
        yield [{ [name]: `${prefix}${text}|${system}|${escaped(code)}` }, any(name, (v) => quantityIs(v, prefix || 'eq', text, code))];
      }
      const other = { kg: 'g', g: 'mg', mg: 'ug', h: 'min', min: 's', 'g/d': 'mg/d' }[code];
      const much = other && amount({ value: { ...value, value: value.value * 0.99 } }, other)?.toFixed(2);
      if (other) yield [{ [name]: `gt${much}|${system}|${other}` }, any(name, (v) => quantityIs(v, 'gt', much, other))];
    }
  },

  * composite(name, known, type) {
    const kindsOf = componentTypes(type, name);
    const full = known.flatMap((r) => parts(r, name)).filter((p) => p.every((x) => x.length > 0));
    for (const [[first], [second]] of spread(full, 3, ([[a]]) => JSON.stringify(tokens(a)[0]))) {
      const [{ system, code }] = tokens(first);
      const { text, is } = second.type === 'Quantity' && second.value.code ? ofQuantity(second) : ofOther(kindsOf[1], second);
      if (text === undefined) continue;
      yield [{ [name]: `${system}|${escaped(code)}$${text}` },
        (r) => parts(r, name).some(([a, b]) => a?.some((v) => tokenIs(v, { system, code })) && b?.some(is))];
    }
  },
};

function ofQuantity({ value }) {
  const less = String(Math.floor(value.value) - 1);
  return { text: `gt${less}|${value.system}|${escaped(value.code)}`, is: (v) => quantityIs(v, 'gt', less, value.code) };
}

function ofOther(kind, element) {
  if (kind === 'token') {
    const [{ system, code }] = tokens(element);
    return code === undefined ? {} : { text: `${system}|${escaped(code)}`, is: (v) => tokenIs(v, { system, code }) };
  }
  if (kind === 'string') {
    const [text] = strings(element);
    return { text: escaped(text), is: (v) => strings(v).some((s) => normal(s).startsWith(normal(text))) };
  }
  return {};
}

// instants compares times of UTC as times.
function* instants(name, elements) {
  const [at] = spread(elements.map((v) => v.value).sort(), 2, (v) => v).slice(-1);
  const compare = { ge: (t) => t >= Date.parse(at), gt: (t) => t > Date.parse(at), le: (t) => t <= Date.parse(at), lt: (t) => t < Date.parse(at) };
  for (const [prefix, is] of Object.entries(compare)) yield [{ [name]: prefix + at }, any(name, (v) => is(Date.parse(v.value)))];
}
