"""The owner's side: portreeve's own command line, on the data directory of the running server."""

import json
import subprocess

LIMIT_SECONDS = 60


class Gate:
    def __init__(self, binary, data):
        self.binary = binary
        self.data = data

    def ask(self, *words):
        """One verb with --json. A refusal or a crash is an error that carries what was printed."""
        command = [self.binary, *words, "--data", self.data, "--json"]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
        if ended.returncode != 0:
            told = (ended.stdout + ended.stderr).strip()
            raise RuntimeError(f"`portreeve {' '.join(words)}` ended with {ended.returncode}: {told}")
        return json.loads(ended.stdout) if ended.stdout.strip() else None

    def derivatives(self, name, account):
        """An API credential for futures and options alone; its listener is where there is room."""
        scopes = "account:read,market:read,order:submit,order:cancel"
        limits = [word for limit in ("order_value=2000000", "day_value=20000000") for word in ("--limit", limit)]
        may = ["--instrument", "future,option", "--allow", "market", "--expires", "7d"]
        self.ask("credential", "create", "--name", name, "--account", account, "--scope", scopes, *may, *limits)

    def port_of(self, name):
        """Where it listens."""
        found = [row for row in self.rows("credential") if row["name"] == name]
        return int(str(found[0]["listen"]).rsplit(":", 1)[1])

    def credential_at(self, port):
        """The name of the API credential whose listener is at this port."""
        for credential in self.rows("credential"):
            if str(credential.get("listen", "")).endswith(f":{port}"):
                return credential["name"]
        raise LookupError(f"no credential listens at {port}")

    def pending(self):
        """The ids of the approvals that wait for an answer."""
        return {row["id"] for row in self.rows("approval") if row.get("state", "pending") == "pending"}

    def grant(self, approval):
        self.ask("approval", "grant", approval)

    def refuse(self, approval):
        self.ask("approval", "refuse", approval)

    def kill(self, credential):
        self.ask("kill", "--credential", credential)

    def release(self, credential):
        self.ask("release", "--credential", credential)

    def rows(self, noun):
        answer = self.ask(noun, "list")
        if isinstance(answer, dict):
            answer = next((value for value in answer.values() if isinstance(value, list)), [])
        return answer or []
