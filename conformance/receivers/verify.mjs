import { createHmac, timingSafeEqual } from 'node:crypto';

// verify says whether a webhook is genuine. headers have lower-case names, as
// Node has them; body is the Buffer as it came, before anything parses it.
export function verify(secret, headers, body, now = Date.now() / 1000) {
  const id = headers['webhook-id'];
  const time = headers['webhook-timestamp'];
  if (!id || !/^\d+$/.test(time ?? '') || Math.abs(now - Number(time)) > 300) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const want = createHmac('sha256', key).update(`${id}.${time}.`).update(body).digest();
  return (headers['webhook-signature'] ?? '').split(' ').some((part) => {
    const [version, text = ''] = part.split(',');
    const given = Buffer.from(text, 'base64');
    return version === 'v1' && given.length === want.length && timingSafeEqual(given, want);
  });
}
