"""Verifies a dossier of Portreeve, and shares no code with it: python verify_dossier.py DIR-OR-ZIP [KEY [CHECKPOINT]]
Python 3.11 and `cryptography`. Exit code 0 if it holds. What each hash is over and what is left out: docs/dossier.md"""
import base64, hashlib, json, pathlib, struct, sys, zipfile
from cryptography.hazmat.primitives import hashes as h, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
CURVES = {"es256": (ec.SECP256R1, h.SHA256), "es384": (ec.SECP384R1, h.SHA384), "es512": (ec.SECP521R1, h.SHA512)}
def need(holds, why): holds or sys.exit(f"The dossier does not hold: {why}")
def sha(*parts): return hashlib.sha256(b"".join(parts)).digest()
def framed(*parts): return b"".join(struct.pack(">Q", len(part)) + part for part in parts)
def base64s(*texts): return [base64.b64decode(text, validate=True) for text in texts]
def url64s(*texts): return [base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) for text in texts]
def opened(note, vkey):  # the lines of a C2SP signed note
    (name, number, key), (text, _, lines) = vkey.strip().split("+", 2), note.rpartition("\n\n")
    key, raw = base64s(key, lines.split("\n")[0].removeprefix(f"\u2014 {name} "))
    need(key[0] == 1 and raw[:4].hex() == number == sha(name.encode(), b"\n", key)[:4].hex(), "another key signed a note")
    ed25519.Ed25519PublicKey.from_public_bytes(key[1:]).verify(raw[4:], (text + "\n").encode())
    return text.split("\n")
def climb(old, size, proof, root, leaf=False):  # RFC 9162, 2.1.4: the root of old and of size; or of a leaf, 2.1.3, the last
    if size == (1 if leaf else old):
        need(old == size and len(proof) == (not root), "a proof has another length")
        return [root or bytes.fromhex(proof[0])] * 2
    split, (*rest, beside) = 1 << (size - 1).bit_length() - 1, proof
    right, beside = old > split, bytes.fromhex(beside)
    first, last = climb(*(old - split, size - split, rest, leaf and root) if right else (old, split, rest, root), leaf)
    return [sha(b"\1", beside, first), sha(b"\1", beside, last)] if right else [first, sha(b"\1", last, beside)]
def leaves(value, path=""):  # of JSON: what is no list and no object, or an empty one
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    below = [leaf for name, one in pairs for leaf in leaves(one, f"{path}/{name}")]
    return below or [(path.encode(), (value if isinstance(value, str) else json.dumps(value)).encode())]
def order_bytes(told):
    kind, what, ties = told["kind"], told["instrument"], told.get("ties", {})
    terms = {name: value for part in (told, kind, what) for name, value in part.items() if value is not None}
    trail, group, more = kind.get("trail", {}), ties.get("group", {}), what.get("derivative", {})
    terms |= {"contract": what["contract_id"], "trail": "".join(trail.values()) + "%" * ("percent" in trail), **ties,
              **more, **more.get("option", {}), "group": group.get("name", ""), "fills": group.get("fills", "")}
    terms |= {name: str(terms.get(name, False)).lower() for name in ("outside_hours", "parked")}
    names = "account contract symbol currency side order_qty ord_type price stop_px time_in_force outside_hours label"
    version = 3 if more else 2 if trail or ties else 1
    names += " trail offset parent parked group fills" * (version > 1) + " multiplier expiry right strike" * (version > 2)
    return framed((f"portreeve/order/v{version}\n" + "".join(f"{n}={terms.get(n, '')}\n" for n in names.split())).encode())
def signature(part, signed, said, raw, asked):  # one of them; says whether it is enough
    key, by, shown, bound = part["key"], part["signed"], signed["shown"], said["bound", part["key"]["authenticator"]][0]
    own, algorithm, public = bound["kind"]["passkey"]["public_key"], *key["public_key"].split(":")
    client, data, proof, public = url64s(shown["client_data"], shown["authenticator_data"], shown["signature"], public)
    challenge = sha(b"portreeve/approval/v1\0", sha(raw), sha(shown["display"].encode()), bytes.fromhex(asked["nonce"]))
    browser, over, (curve, hashed) = json.loads(client), data + sha(client), CURVES.get(algorithm, (None, None))
    need((browser["type"], *url64s(browser["challenge"]), browser["origin"], data[:32], data[32] & 5)
         == ("webauthn.get", challenge, by["origin"], sha(by["rp_id"].encode()), 5), "something else was signed")
    need(part["shown"] == shown | {"challenge": challenge.hex()} and by["by"] == signed["user"] == bound["user"]
         and (key["public_key"], key["bound_at"]) == (own, bound["bound_at"]), "a signature is not what events say")
    if algorithm == "eddsa": ed25519.Ed25519PublicKey.from_public_bytes(public).verify(proof, over)
    elif curve: ec.EllipticCurvePublicKey.from_encoded_point(curve(), public).verify(proof, over, ec.ECDSA(hashed()))
    else: serialization.load_der_public_key(public).verify(proof, over, padding.PKCS1v15(), h.SHA256())
    came, who = "enrolled" in key, said.get(("created", by["by"]), [{}])[0]  # with the first owner, whom nobody invited
    need(not came or ("enrolment.used", who["with"]) in said and who["created_at"] == bound["bound_at"], "it came later")
    return not data[32] & 8 and bound["bound_at"] + 86_400_000 * (not came) <= asked["asked_at"]  # one device, a day old
def approval(name, one, said):  # `said`: of a word and an id the events, newest first; of a tag and a correlation one body
    (kind, request), = one["request"].items()
    asked = said["requested", name][0]["approval"] if kind == "order" else said["asked", name][0]["asked"]
    what = said["held", name][0]["ask"]["terms"] if kind == "order" else asked["change"]
    raw = order_bytes(what) if kind == "order" else framed(b"portreeve/change/v1", *sum(sorted(leaves(what)), ()))
    verdict = said.get(("settled", name), [{"verdict": "grant"}])[0]["verdict"]  # a change is granted as it is signed
    need((request["bytes"], request["digest"], request[{"order": "terms", "change": "change"}[kind]], one["asked"]["nonce"],
          one["settled"]["verdict"]) == (raw.hex(), sha(raw).hex(), what, asked["nonce"], verdict), "the file is another")
    both = [one, one["first"]] if "first" in one else [one]  # whoever signed last is the first here
    alone, *_ = [signature(*pair, said, raw, asked) for pair in zip(both, said["signed", name][:len(both)], strict=True)]
    need(alone or len({p["signed"]["by"] for p in both}) == 2 or not asked.get("top") or verdict != "grant", "it takes two")
def verify(given, key, kept):
    folder, zipped = pathlib.Path(given), pathlib.Path(given).is_file() and zipfile.ZipFile(given)
    names = zipped.namelist() if zipped else [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()]
    files = {name: zipped.read(name) if zipped else (folder / name).read_bytes() for name in names}
    text, said, streams, last = (lambda name: files[name].decode()), {}, {}, -1
    vkey, lines = text("journal.vkey"), text("events.jsonl").splitlines()
    need(key in (None, vkey.strip()), "the key is not the one you were handed")
    form, origin, subject, _, count, *listed = opened(text("contents"), vkey)
    need(listed == [f"{sha(files[n]).hex()}  {n}" for n in sorted(names) if n != "contents"] and len(files) == len(names)
         and (form, origin, count) == ("portreeve/dossier/v1", vkey.split("+")[0], f"events {len(lines)}"), "a file differs")
    heads = [opened(text(name), vkey) for name in ("checkpoint", "earlier-checkpoint") if name in files]
    need({head[0] for head in heads} == {origin} and (kept is None or opened(open(kept).read(), vkey) in heads), "a head")
    (size, root), *earlier = [(int(size), *base64s(root)) for _, size, root in heads]
    for old, top in earlier: need(not old or climb(old, size, text("consistency").split(), top) == [top, root], "earlier")
    for e in map(json.loads, lines):
        prev, (version, before) = bytes.fromhex(e["prev"]), streams.get(e["stream"], (0, bytes(32)))
        link = sha(b"portreeve/link/v1\0", prev, framed(e["stream"].encode()), struct.pack(">Q", e["version"]),
                   framed(e["tag"].encode()), struct.pack(">q", e["at"]), framed(e["body"].encode()))
        top = climb(e["position"] + 1, size, e["proof"], sha(b"\0", link), True)[1]
        follows = e["version"] > version + 1 or (e["version"], prev) == (version + 1, before)
        need((link.hex(), top) == (e["link"], root) and e["position"] > last and follows, f"event {e['position']}")
        streams[e["stream"]], last, body = (e["version"], link), e["position"], json.loads(e["body"])
        word, inside, said[e["tag"], body.get("correlation")] = e["tag"].split(".")[-1], body.get("event"), [body]
        if inside and word in "requested held asked signed settled bound created".split():
            while word not in inside: inside = next(iter(inside.values()))
            about = word, inside[word]["approval" if word == "held" else "id"]
            said[about] = [inside[word] | {"with": body["correlation"]}, *said.get(about, [])]
    signed = sorted(n for word, n in said if word == "signed" and (("requested", n) not in said or ("settled", n) in said))
    need(sorted(n for n in names if "/" in n) == [f"approvals/{n}.json" for n in signed], "approvals")
    for name in signed: approval(name, json.loads(text(f"approvals/{name}.json")), said)
    return f"The dossier of the {subject} is sound: {len(lines)} events, {len(signed)} signed. Key: {vkey.strip()}"
try: print(verify(*(sys.argv[1:] + [None, None])[:3]))
except Exception as why: sys.exit(f"It was not verified: {type(why).__name__}: {why}")
