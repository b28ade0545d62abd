"""What notices are sent to in the tests: a real SMTP server (aiosmtpd) and a receiver of Standard Webhooks.

Says its port on the first line, then one line of JSON for each thing that came.
"""

import argparse
import asyncio
import email
import email.policy
import http.server
import json
import ssl
import sys
import time

import standardwebhooks
from aiosmtpd.smtp import SMTP, AuthResult


def say(value):
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
        parts = {part.get_content_type(): part.get_content() for part in letter.walk() if not part.is_multipart()}
        say({
            "to": envelope.rcpt_tos,
            "from": envelope.mail_from,
            "message_id": letter["Message-ID"],
            "subject": letter["Subject"],
            "date": letter["Date"],
            "plain": parts.get("text/plain"),
            "html": parts.get("text/html"),
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


def webhook(asked):
    Receiver.secret, Receiver.busy = asked.secret, asked.busy
    server = http.server.ThreadingHTTPServer(("127.0.0.1", asked.port), Receiver)
    if asked.certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(asked.certificate, asked.key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    ready(server.server_address[1])
    server.serve_forever()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["smtp", "webhook"])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--busy", type=int, default=0)
    parser.add_argument("--tls", choices=["implicit", "starttls"])
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--login")
    parser.add_argument("--secret", default="")
    asked = parser.parse_args()
    if asked.what == "smtp":
        asyncio.run(smtp(asked))
    else:
        webhook(asked)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
