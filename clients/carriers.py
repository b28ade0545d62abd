"""What notices are sent to in the tests: a real SMTP server (aiosmtpd), a receiver of Standard Webhooks, and a push
service that reads as a browser does what is sent to it (http_ece), and checks from whom it is (PyJWT). And a collector
of spans, which reads them by the messages that OpenTelemetry publishes (opentelemetry-proto).

Says its port on the first line, then one line of JSON for each thing that came.
"""

import argparse
import asyncio
import base64
import datetime
import email
import email.policy
import http.server
import json
import os
import ssl
import sys
import threading
import time

import http_ece
import jwt
import standardwebhooks
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.trace.v1 import trace_pb2


SAYING = threading.Lock()


def say(value):
    """One line at a time: each request has its own thread, and print writes a line and its end apart."""
    with SAYING:
        print(json.dumps(value), flush=True)


def ready(port):
    say({"port": port, "now": int(time.time() * 1000)})


class Mailbox:
    """Takes letters; the first `busy` of them are put off, those to nobody@ are refused for good."""

    def __init__(self, busy):
        self.busy = busy

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 there is no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.busy > 0:
            self.busy -= 1
            say({"put_off": envelope.rcpt_tos})
            return "451 4.3.0 try again later"
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        whole = [part for part in letter.walk() if not part.is_multipart()]
        parts = {part.get_content_type(): part.get_content() for part in whole if not part.is_attachment()}
        attached = {part.get_filename(): part.get_content() for part in whole if part.is_attachment()}
        say({
            "to": envelope.rcpt_tos,
            "from": envelope.mail_from,
            "message_id": letter["Message-ID"],
            "subject": letter["Subject"],
            "date": letter["Date"],
            "plain": parts.get("text/plain"),
            "html": parts.get("text/html"),
            "attached": attached,
            "tls": server.transport.get_extra_info("sslcontext") is not None,
            "login": bool(session.authenticated),
        })
        return "250 OK"


def authenticator(login):
    expected = tuple(login.encode().split(b":", 1))

    def judge(server, session, envelope, mechanism, shown):
        return AuthResult(success=(shown.login, shown.password) == expected)

    return judge


async def smtp(asked):
    context = None
    if asked.certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(asked.certificate, asked.key)
    ways = {"hostname": "localhost"}
    if asked.tls == "starttls":
        ways |= {"tls_context": context, "require_starttls": True}
    if asked.login:
        ways |= {"authenticator": authenticator(asked.login), "auth_required": True}
        ways |= {"auth_require_tls": asked.tls == "starttls"}
    mailbox = Mailbox(asked.busy)
    implicit = context if asked.tls == "implicit" else None
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(mailbox, **ways), "127.0.0.1", asked.port, ssl=implicit
    )
    ready(server.sockets[0].getsockname()[1])
    await server.serve_forever()


class Receiver(http.server.BaseHTTPRequestHandler):
    secret = ""
    busy = 0

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, told = 204, {"path": self.path, "id": headers.get("webhook-id")}
        if self.path == "/gone":
            status = 410
        elif self.path == "/elsewhere":
            status = 302
        elif Receiver.busy > 0:
            Receiver.busy -= 1
            status = 503
        else:
            try:
                told["event"] = standardwebhooks.Webhook(Receiver.secret).verify(body, headers)
            except standardwebhooks.WebhookVerificationError as why:
                status, told["forged"] = 401, str(why)
        # Told before it is answered: in the order in which it came.
        say(told | {"status": status})
        self.send_response(status)
        if status == 302:
            self.send_header("location", "/taken")
        self.end_headers()

    def log_message(self, *_):
        pass


def serve(handler, asked):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", asked.port), handler)
    if asked.certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(asked.certificate, asked.key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    ready(server.server_address[1])
    server.serve_forever()


def webhook(asked):
    Receiver.secret, Receiver.busy = asked.secret, asked.busy
    serve(Receiver, asked)


def told_value(value):
    """A number stays one; what is neither text nor a whole number is not what we say."""
    which = value.WhichOneof("value")
    assert which in ("string_value", "int_value"), which
    return getattr(value, which)


def told_pairs(pairs):
    told = {pair.key: told_value(pair.value) for pair in pairs}
    assert len(told) == len(pairs), "an attribute twice"
    return told


def unknown(message):
    """Names and numbers that the published messages do not have, at any depth."""
    whole = type(message)()
    whole.ParseFromString(message.SerializeToString())
    whole.DiscardUnknownFields()
    return whole.ByteSize() != message.ByteSize()


class SpanCollector(http.server.BaseHTTPRequestHandler):
    """The first `busy` are answered with the status that was asked for; by its path, one is never answered."""

    busy = 0
    status = 503

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/hangs":
            say({"hangs": len(body)})
            threading.Event().wait()
        status, told = 200, {"path": self.path, "type": self.headers["content-type"], "length": len(body)}
        if SpanCollector.busy > 0:
            SpanCollector.busy -= 1
            status = SpanCollector.status
        try:
            asked = trace_service_pb2.ExportTraceServiceRequest.FromString(body)
            told["unknown"] = unknown(asked)
            [resource] = asked.resource_spans
            [scope] = resource.scope_spans
            told["resource"], told["scope"] = told_pairs(resource.resource.attributes), scope.scope.name
            told["spans"] = [
                {
                    "trace": span.trace_id.hex(),
                    "span": span.span_id.hex(),
                    "parent": span.parent_span_id.hex(),
                    "name": span.name,
                    "kind": trace_pb2.Span.SpanKind.Name(span.kind),
                    "start": span.start_time_unix_nano,
                    "end": span.end_time_unix_nano,
                    "said": told_pairs(span.attributes),
                    "status": trace_pb2.Status.StatusCode.Name(span.status.code),
                }
                for span in scope.spans
            ]
        except Exception as why:
            status, told["malformed"] = 400, repr(why)
        say(told | {"status": status})
        self.send_response(status)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def collector(asked):
    SpanCollector.busy, SpanCollector.status = asked.busy, asked.status
    serve(SpanCollector, asked)


def base64url(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def of_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Browser:
    """Its subscription: a key pair and a secret, made anew at each start or kept in a file."""

    def __init__(self, kept):
        if kept and os.path.exists(kept):
            with open(kept) as file:
                said = json.load(file)
            self.key = ec.derive_private_key(int(said["private"], 16), ec.SECP256R1())
            self.auth = of_base64url(said["auth"])
        else:
            self.key, self.auth = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
            if kept:
                with open(kept, "w") as file:
                    private = f"{self.key.private_numbers().private_value:x}"
                    json.dump({"private": private, "auth": base64url(self.auth)}, file)
        point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        self.said = {"p256dh": base64url(point), "auth": base64url(self.auth)}

    def read(self, body):
        return http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm")


def verified(header, audience):
    """RFC 8292: the token is good, for us, and not for longer than a day."""
    scheme, _, rest = header.partition(" ")
    said = dict(part.strip().split("=", 1) for part in rest.split(","))
    if scheme != "vapid" or set(said) != {"t", "k"}:
        raise ValueError(f"this is no VAPID: {scheme}")
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), of_base64url(said["k"]))
    options = {"verify_exp": False, "require": ["exp", "aud", "sub"]}
    claims = jwt.decode(said["t"], key, algorithms=["ES256"], audience=audience, options=options)
    return {"key": said["k"], "sub": claims["sub"], "exp": claims["exp"], "aud": claims["aud"]}


class PushService(http.server.BaseHTTPRequestHandler):
    browser = None
    busy = 0
    mood = "take"
    audience = ""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        status, told, wait = 201, {"path": self.path, "length": len(body)}, None
        for name in ["ttl", "urgency", "topic", "content-encoding", "content-type"]:
            told[name] = self.headers[name]
        try:
            told["vapid"] = verified(self.headers["authorization"], PushService.audience)
            told["said"] = json.loads(PushService.browser.read(body))
            told["body"] = base64url(body)
        except Exception as why:
            status, told["forged"] = 400, repr(why)
        if self.path == "/gone" or PushService.mood == "gone":
            status = 410
        elif PushService.mood == "hang":
            # It has it, and whoever sent it never learns that.
            say(told | {"status": None})
            threading.Event().wait()
        elif self.path == "/elsewhere":
            status = 307
        elif self.path == "/large":
            status = 413
        elif PushService.busy > 0:
            PushService.busy -= 1
            status, wait = 429, "30"
        say(told | {"status": status})
        self.send_response(status)
        if wait:
            self.send_header("retry-after", wait)
        if status == 307:
            self.send_header("location", "/taken")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def certified(certificate, key):
    """A certificate for localhost in these files, made where there is none."""
    if os.path.exists(certificate):
        return
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "push service of a test")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(private, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    own, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    for place, content in [(key, private.private_bytes(pem, own, plain)), (certificate, made.public_bytes(pem))]:
        with open(place, "wb") as file:
            file.write(content)


def listen_for_moods():
    for line in sys.stdin:
        PushService.mood = line.strip()


def push(asked):
    PushService.browser, PushService.busy = Browser(asked.browser), asked.busy
    certified(asked.certificate, asked.key)
    if sys.stdin:
        threading.Thread(target=listen_for_moods, daemon=True).start()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", asked.port), PushService)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(asked.certificate, asked.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    port = server.server_address[1]
    PushService.audience = f"https://localhost:{port}"
    say({"port": port, "now": int(time.time() * 1000)} | PushService.browser.said)
    server.serve_forever()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["smtp", "webhook", "push", "collector"])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--hold", action="store_true", help="listen once a line is read, and say before that it is up")
    parser.add_argument("--busy", type=int, default=0)
    parser.add_argument("--tls", choices=["implicit", "starttls"])
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--login")
    parser.add_argument("--secret", default="")
    parser.add_argument("--status", type=int, default=503)
    parser.add_argument("--browser", help="a file with the keys of the browser")
    asked = parser.parse_args()
    if asked.hold:
        say({"held": True})
        sys.stdin.readline()
    if asked.what == "smtp":
        asyncio.run(smtp(asked))
    elif asked.what == "push":
        push(asked)
    elif asked.what == "collector":
        collector(asked)
    else:
        webhook(asked)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
