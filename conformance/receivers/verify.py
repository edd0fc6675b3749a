import base64
import binascii
import hashlib
import hmac
import time


def verify(secret, headers, body, now=None):
    """Say whether a webhook is genuine.

    headers is a dict with lower-case names; body is the bytes as they came.
    """
    message_id, stamp = headers.get("webhook-id"), headers.get("webhook-timestamp", "")
    if not message_id or not (stamp.isascii() and stamp.isdigit()):
        return False
    if abs((time.time() if now is None else now) - int(stamp)) > 300:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    want = hmac.new(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    for part in headers.get("webhook-signature", "").split():
        version, _, text = part.partition(",")
        try:
            given = base64.b64decode(text)
        except binascii.Error:
            continue
        if version == "v1" and hmac.compare_digest(given, want):
            return True
    return False
