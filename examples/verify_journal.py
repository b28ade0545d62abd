"""Verifies the journal of Portreeve, and shares no code with it: python verify_journal.py portreeve.db [KEY CHECKPOINT]
Python 3.11 and `cryptography`. Exit code 0 if it holds. What is hashed is in docs/dossier.md"""
import base64, hashlib, json, pathlib, sqlite3, struct, sys
from cryptography.hazmat.primitives.asymmetric import ed25519
def need(holds, why):
    if not holds: raise ValueError(why)
def sha(*parts): return hashlib.sha256(b"".join(parts)).digest()
def framed(part): return struct.pack(">Q", len(part)) + part
def canonical(body):  # the one spelling: whole numbers only, keys in order and once
    value = json.loads(body, parse_float=lambda text: need(False, f"{text} is no whole number"))
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == body
class Tree:  # RFC 6962, kept as the roots of its full halves
    def __init__(self): self.size, self.peaks = 0, []
    def push(self, leaf):
        at, self.size = self.size, self.size + 1
        while at & 1: at, leaf = at >> 1, sha(b"\1", self.peaks.pop(), leaf)
        self.peaks.append(leaf)
    def root(self):
        root, *others = self.peaks[::-1] or [sha()]
        for peak in others: root = sha(b"\1", peak, root)
        return root
def checkpoint(note, vkey):  # a C2SP checkpoint: its size and its root, once the signature holds
    name, number, key = vkey.strip().split("+", 2)
    key, (text, _, line) = base64.b64decode(key, validate=True), note.rpartition("\n\n")
    signed = base64.b64decode(line.removesuffix("\n").removeprefix(f"\u2014 {name} "), validate=True)
    known = sha(name.encode(), b"\n", key)[:4]
    need(key[0] == 1 and signed[:4] == known and known.hex() == number, "the checkpoint is not signed with that key")
    ed25519.Ed25519PublicKey.from_public_bytes(key[1:]).verify(signed[4:], (text + "\n").encode())
    origin, size, root = text.split("\n")
    need(origin == name and str(int(size)) == size, "the checkpoint is not of this journal")
    return int(size), base64.b64decode(root, validate=True)
def verify(path, kept):
    db = sqlite3.connect(path.resolve(strict=True).as_uri() + "?mode=ro", uri=True)
    db.text_factory = bytes
    db.execute("BEGIN")
    size, frontier = db.execute("SELECT size, frontier FROM log_head").fetchone()
    tree, streams, roots = Tree(), {}, {0: sha()}
    rows = "SELECT position, stream, version, tag, at, body, link FROM event ORDER BY position"
    for position, stream, version, tag, at, body, link in db.execute(rows):
        before, prev = streams.get(stream, (0, bytes(32)))
        need(position == tree.size and version == before + 1, f"event {position} is out of its place")
        try: spelled = canonical(body)
        except (ValueError, TypeError): spelled = False
        entry = framed(stream) + struct.pack(">Q", version) + framed(tag) + struct.pack(">q", at) + framed(body)
        own = sha(b"portreeve/link/v1\0", prev, entry)
        need(spelled and own == link, f"event {position} was altered")
        streams[stream] = version, own
        tree.push(sha(b"\0", own))
        if kept and tree.size == kept[0]: roots[tree.size] = tree.root()
    head = struct.pack(">Q", tree.size) + b"".join(tree.peaks)
    need((size, frontier) == (tree.size, head), "the head is of another journal")
    need(kept is None or roots.get(kept[0]) == kept[1], "the journal does not begin with what the checkpoint states")
    return f"The journal is sound: {tree.size} events in {len(streams)} streams, root {tree.root().hex()}."
if __name__ == "__main__":
    path, key, note = (sys.argv[1:] + [None, None])[:3]
    try: print(verify(pathlib.Path(path), note and checkpoint(pathlib.Path(note).read_text(), key)))
    except Exception as why: sys.exit(f"The journal does not hold: {type(why).__name__}: {why}")
