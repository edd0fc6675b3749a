"""Terra's SDK for Python calls every method that applies on a running gateway,
its models read the answers, and its verifier the webhooks. Their bodies stay in
OUT. A delivery may take 60 SECONDS:
terra-python.py URL DEV_ID KEY OUT [SECONDS]"""

import datetime
import http.server
import importlib
import json
import pathlib
import sys
import threading
import time
from unittest import mock

import httpx
import pydantic
from terra import Terra
from terra.core.api_error import ApiError
from terra.core.pydantic_utilities import parse_obj_as
from terra.types.terra_user import TerraUser
from terra.utils.verify_signature import WebhookVerificationError, verify_terra_webhook_signature

from report import Report

base, dev_id, api_key, out = sys.argv[1:5]
seconds = float(sys.argv[5]) if len(sys.argv) > 5 else 60
client = Terra(base_url=f"{base}/v2", dev_id=dev_id, api_key=api_key)
plain = httpx.Client(base_url=f"{base}/v2", headers={"dev-id": dev_id, "x-api-key": api_key}, timeout=60)
report = Report()
data_types = ["nutrition", "body", "activity", "daily", "sleep", "menstruation"]


def day(offset):
    return (datetime.date.today() + datetime.timedelta(days=offset)).isoformat()


def same(got, want):
    return "" if got == want else f"got {got!r}, want {want!r}"


def misfits(model, doc):
    """What the SDK's model refuses. Where Terra's published schemas have numbers
    the SDK has whole ones, so a fraction is no fault."""
    try:
        parse_obj_as(model, doc)
    except pydantic.ValidationError as err:
        return [f"{e['loc']}: {e['msg']}" for e in err.errors() if e["type"] != "int_from_float"]
    return []


def model(folder, name, module):
    return getattr(importlib.import_module(f"terra.{folder}.{module}"), name)


def refused(call):
    """The status with which the SDK refuses."""
    try:
        call()
    except ApiError as err:
        return err.status_code
    return "none"


def plainly(part):
    """A part of an answer; where it could be of two models, the SDK leaves a dict."""
    return part if isinstance(part, dict) else part.dict()


def fetch(kind, **more):
    return getattr(client, kind).with_raw_response.fetch(user_id=user, **more)


def data(kind):
    answer = fetch(kind, start_date=day(-30), end_date=day(0), to_webhook=False, with_samples=True)
    doc = answer._response.json()
    of = model(kind, f"{kind.capitalize()}FetchResponseData", f"types.{kind}_fetch_response_data")
    wrong = misfits(of, doc)
    if wrong:
        return str(wrong[:3])
    got = answer.data
    return same([got.type, got.user.user_id, len(got.data) == 0], [kind, user, kind == "menstruation"])


user = None


def users():
    global user
    found = client.user.getalluserids().users
    user = found[0].user_id
    return "" if all(isinstance(u, TerraUser) for u in found) else "they are not its users"


report.attempt("the subscriptions list a user", users)
for kind in data_types:
    report.attempt(f"{kind} of a month", lambda kind=kind: data(kind))
    report.attempt(f"{kind} by seconds since 1970", lambda kind=kind: same(
        type(fetch(kind, start_date=int(time.time()) - 10 * 86400, to_webhook=False).data.data), list))


def athlete():
    answer = client.athlete.fetch(user_id=user, to_webhook=False)
    return same([answer.type, type(answer.athlete).__name__, answer.user.user_id], ["athlete", "Athlete", user])


def integrations():
    answer = client.integrations.fetch()
    return same([answer.status, answer.providers], ["success", ["CRONOMETER"]])


def detailed():
    (provider,) = client.integrations.detailedfetch(sdk=True).providers
    return same([provider.types.nutrition, provider.types.menstruation], [True, False])


report.attempt("the athlete", athlete)
report.attempt("the integrations", integrations)
report.attempt("the integrations in detail", detailed)
reference, guest = f"python-{time.time_ns()}", None


def authenticate():
    global guest
    answer = client.authentication.authenticateuser(
        resource="CRONOMETER", reference_id=reference, language="en", auth_success_redirect_url="https://app.example/ok")
    guest = answer.user_id
    return same([answer.status, httpx.get(answer.auth_url).status_code], ["success", 200])


def widget():
    answer = client.authentication.generatewidgetsession(providers="CRONOMETER", reference_id=reference)
    return same([answer.status, answer.expires_in, httpx.get(answer.url).status_code], ["success", 900, 200])


def token():
    answer = client.authentication.generateauthtoken()
    return same([answer.status, answer.expires_in, len(answer.token) >= 32], ["success", 180, True])


def by_id():
    answer = client.user.getinfoforuserid(user_id=user)
    return same([answer.is_authenticated, answer.user.user_id], [True, user])


def by_reference():
    users = client.user.getinfoforuserid(reference_id=reference).users
    return same([plainly(u)["user_id"] for u in users], [guest])


def pages():
    page = plainly(client.user.getalluserids(page=0, per_page=1).data)
    return same([len(page["results"]), page["next"], page["max_page"] > 0], [1, 1, True])


def modified():
    answer = client.user.modifyuser(guest, reference_id=f"{reference}-new", active=False)
    return same([answer.status, answer.user.reference_id, answer.user.active], ["success", f"{reference}-new", False])


def deauthenticated():
    answer = client.authentication.deauthenticateuser(user_id=guest)
    return same([answer.status, refused(lambda: client.user.getinfoforuserid(user_id=guest))], ["success", 404])


report.attempt("a user is asked to connect", authenticate)
report.attempt("a widget session", widget)
report.attempt("a token", token)
report.attempt("a user by id", by_id)
report.attempt("a user by reference", by_reference)
report.attempt("users by their ids", lambda: same(
    [u.user_id for u in client.user.getinfoformultipleuserids(request=[guest, user])], [guest, user]))
report.attempt("the subscriptions in pages", pages)
report.attempt("a user gets another reference", modified)
report.attempt("a user is deauthenticated", deauthenticated)

wrong = Terra(base_url=f"{base}/v2", dev_id=dev_id, api_key="wrong")
nobody = "00000000-0000-4000-8000-000000000000"
for claim, want, call in [
    ("a wrong key", 401, lambda: wrong.user.getalluserids()),
    ("a user that there is not", 404, lambda: client.daily.fetch(user_id=nobody, start_date=day(-7), to_webhook=False)),
    ("a provider that is not enabled", 400, lambda: client.authentication.authenticateuser(resource="OURA")),
    ("a date that is none", 400, lambda: client.body.fetch(user_id=user, start_date="2026-02-30", to_webhook=False)),
    ("a date in JSON's quotes", 400, lambda: client.body.fetch(user_id=user, start_date=f'"{day(-7)}"', to_webhook=False)),
]:
    report.attempt(f"{claim} is refused", lambda want=want, call=call: same(refused(call), want))

received = []


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        received.append((self.headers, body, json.loads(body)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()


def arrived(count, condition):
    """Wait for so many deliveries that meet the condition, and return them."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = [d for d in list(received) if condition(*d)]
        if len(found) >= count:
            return found
        time.sleep(0.05)
    raise TimeoutError(f"{len(received)} deliveries arrived in {seconds} s, and not {count} of these")


def sent(kind, **more):
    """Ask for data to be sent, and return its reference."""
    answer = fetch(kind, **more)
    return answer._response.json()["reference"]


def delivered(kind):
    about = sent(kind, **({} if kind == "athlete" else {"start_date": day(-7), "end_date": day(-1)}))
    ((_, _, doc),) = arrived(1, lambda h, _, doc: h["terra-reference"] == about)
    wrong = misfits(model("types", f"{kind.capitalize()}Event", f"{kind}_event"), doc)
    contents = doc.get("athlete" if kind == "athlete" else "data")
    return str(wrong[:3]) if wrong else same([doc["type"], doc["user"]["user_id"], bool(contents)], [kind, user, kind != "menstruation"])


def chunks():
    about = sent("nutrition", start_date=day(-59), end_date=day(-1))
    mine = lambda kind: lambda h, _, doc: h["terra-reference"] == about and doc["type"] == kind
    ((_, _, first),) = arrived(1, mine("large_request_processing"))
    ((_, _, second),) = arrived(1, mine("large_request_sending"))
    come = arrived(second["expected_payloads"], mine("nutrition"))
    wrong = misfits(model("types", "LargeRequestProcessingEvent", "large_request_processing_event"), first)
    wrong += misfits(model("types", "LargeRequestSendingEvent", "large_request_sending_event"), second)
    return str(wrong) if wrong else same(len({h["x-terra-trace-id"] for h, _, _ in come}), second["expected_payloads"])


def accepts(header, body, age, secret):
    """Whether the SDK's verifier takes a delivery so long after it was signed."""
    try:
        with mock.patch("time.time", return_value=int(header.split(",")[0][2:]) + age):
            return verify_terra_webhook_signature(body, header, secret)
    except WebhookVerificationError:
        return False


def verified(headers, body, secret):
    for name in ["terra-signature", "x-terra-signature"]:
        header = headers[name]
        if not header:
            return f"{name} is not there"
        if [accepts(header, body, age, secret) for age in [0, 300, 301]] != [True, True, False]:
            return f"{name} is not taken, or too late"
        if accepts(header, body + " ", 0, secret) or accepts(header, body, 0, secret + "x"):
            return f"{name} fits other bytes, or another secret"
    return ""


endpoint = {}


def make_endpoint():
    answer = plain.post("/endpoints", json={"url": f"http://127.0.0.1:{server.server_port}/hook"})
    endpoint.update(answer.json())
    return same([answer.status_code, endpoint.get("secret", "")[:6]], [200, "whsec_"])


report.attempt("an endpoint is made, with a secret", make_endpoint)
for kind in [*data_types, "athlete"]:
    report.attempt(f"{kind} goes to the endpoint where nothing else is said", lambda kind=kind: delivered(kind))
report.attempt("a large request is announced, and comes in chunks", chunks)
report.attempt("something came", lambda: "" if received else "nothing")
for i, (headers, body, doc) in enumerate(list(received)):
    name = f"python-{i:03}-{doc.get('type')}"
    pathlib.Path(out, f"{name}.json").write_text(body)
    report.attempt(f"{name} is verified, 301 seconds later refused",
                   lambda headers=headers, body=body: verified(headers, body, endpoint["secret"]))
if endpoint:
    plain.delete(f"/endpoints/{endpoint.get('id')}")
server.shutdown()
report.done()
