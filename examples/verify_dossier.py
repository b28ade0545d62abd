"""Verifies a dossier of Portreeve, and shares no code with it: python verify_dossier.py DIR-OR-ZIP [KEY [CHECKPOINT]]
Python 3.11 and `cryptography`. Exit code 0 if it holds. What each hash is over and what is left out: docs/dossier.md"""
import base64, hashlib, json, pathlib, struct, sys, zipfile
from cryptography.hazmat.primitives import hashes as h, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
DAY, TOLD = 86_400_000, ("requested", "held", "asked", "signed", "settled", "bound", "created")
CURVES = {"es256": (ec.SECP256R1, h.SHA256), "es384": (ec.SECP384R1, h.SHA384), "es512": (ec.SECP521R1, h.SHA512)}
def need(holds, why):
    if not holds: raise ValueError(why)
def sha(*parts): return hashlib.sha256(b"".join(parts)).digest()
def framed(*parts): return b"".join(struct.pack(">Q", len(part)) + part for part in parts)
def hexes(texts): return [*map(bytes.fromhex, texts)]
def url64(text): return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
def opened(note, vkey):  # the lines of a C2SP signed note
    name, number, key = vkey.strip().split("+", 2)
    key, (text, _, lines) = base64.b64decode(key, validate=True), note.rpartition("\n\n")
    raw = base64.b64decode(lines.split("\n")[0].removeprefix(f"\u2014 {name} "), validate=True)
    known = sha(name.encode(), b"\n", key)[:4]
    need(key[0] == 1 and raw[:4] == known and known.hex() == number, "a note is not signed with the journal's key")
    ed25519.Ed25519PublicKey.from_public_bytes(key[1:]).verify(raw[4:], (text + "\n").encode())
    return text.split("\n")
def climb(old_size, size, proof, old, leaf=False):  # RFC 9162: 2.1.4, the first root and the last; of a leaf, 2.1.3
    if size == (1 if leaf else old_size):
        need(old_size == size and len(proof) == (old is None), "a proof has another length")
        return [old or proof[0]] * 2
    split, (*rest, beside) = 1 << (size - 1).bit_length() - 1, proof
    if old_size > split:
        right = climb(old_size - split, size - split, rest, old if leaf else None, leaf)
        return [sha(b"\1", beside, one) for one in right]
    first, whole = climb(old_size, split, rest, old, leaf)
    return [first, sha(b"\1", whole, beside)]
def leaves(value, path=""):  # of JSON: what is no list and no object, or an empty one
    if not value or not isinstance(value, (dict, list)):
        return [(path, value if isinstance(value, str) else json.dumps(value))]
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    return [leaf for name, one in pairs for leaf in leaves(one, f"{path}/{name}")]
def request_bytes(kind, one):
    if kind == "change":
        return framed(b"portreeve/change/v1", *(part.encode() for one in sorted(leaves(one["change"])) for part in one))
    kind, what, ties = one["terms"]["kind"], one["terms"]["instrument"], one["terms"].get("ties", {})
    terms = {name: value for part in (one["terms"], kind, what) for name, value in part.items() if value is not None}
    trail, group, more = kind.get("trail", {}), ties.get("group", {}), what.get("derivative", {})
    terms |= {"contract": what["contract_id"], "trail": "".join(trail.values()) + "%" * ("percent" in trail), **ties,
              **more, **more.get("option", {}), "group": group.get("name", ""), "fills": group.get("fills", "")}
    terms |= {name: str(terms.get(name, False)).lower() for name in ("outside_hours", "parked")}
    names = "account contract symbol currency side order_qty ord_type price stop_px time_in_force outside_hours label"
    version = 3 if more else 2 if trail or ties else 1
    names += " trail offset parent parked group fills" * (version > 1) + " multiplier expiry right strike" * (version > 2)
    lines = [f"portreeve/order/v{version}", *(f"{name}={terms.get(name, '')}" for name in names.split())]
    return framed("".join(line + "\n" for line in lines).encode())
def signature(part, signed, bound, raw, asked):  # one of them; says whether it is enough
    shown = signed["shown"]
    challenge = sha(b"portreeve/approval/v1\0", sha(raw), sha(shown["display"].encode()), bytes.fromhex(asked["nonce"]))
    client, data, proof = map(url64, (shown["client_data"], shown["authenticator_data"], shown["signature"]))
    browser, over, (algorithm, public) = json.loads(client), data + sha(client), part["key"]["public_key"].split(":")
    need(browser["type"] == "webauthn.get" and url64(browser["challenge"]) == challenge, "another challenge was signed")
    need(data[:32] == sha(part["signed"]["rp_id"].encode()) and data[32] & 5 == 5, "another place, or nobody verified")
    if algorithm in CURVES:
        key = ec.EllipticCurvePublicKey.from_encoded_point(CURVES[algorithm][0](), url64(public))
        key.verify(proof, over, ec.ECDSA(CURVES[algorithm][1]()))
    elif algorithm == "eddsa": ed25519.Ed25519PublicKey.from_public_bytes(url64(public)).verify(proof, over)
    else: serialization.load_der_public_key(url64(public)).verify(proof, over, padding.PKCS1v15(), h.SHA256())
    need(part["shown"] == shown | {"challenge": challenge.hex()} and part["signed"]["origin"] == browser["origin"]
         and part["signed"]["by"] == signed["user"] == bound["user"]
         and part["key"]["public_key"] == bound["kind"]["passkey"]["public_key"], "a signature is not what events say")
    waits = 0 if part["key"].get("enrolled") else DAY  # on one device, and not bound for this
    return not data[32] & 8 and bound["bound_at"] + waits <= asked["asked_at"]
def approval(name, one, said):
    (kind, request), = one["request"].items()
    order, raw, tag = kind == "order", request_bytes(kind, request), f"{dict(order='approval').get(kind, kind)}.signed"
    asked = said["approval.requested", name]["approval"] if order else said["change.asked", name]["asked"]
    what = said["order.held", name]["ask"]["terms"] if order else asked["change"]
    need(what == request["terms" if order else "change"]
         and (request["bytes"], request["digest"]) == (raw.hex(), sha(raw).hex()), "the file is not what events say")
    key = lambda part: said["authenticator.bound", part["key"]["authenticator"]]
    holds = lambda part, signed: signature(part, signed, key(part), raw, asked)
    alone, first = holds(one, said[tag, name]), one.get("first")
    for user, part in ((part["signed"]["by"], part) for part in (one, first or one) if "enrolled" in part["key"]):
        first_of_all = ("first", said.get(("by", "user.created", user))) in said  # nobody had invited them
        need(first_of_all and said["user.created", user]["created_at"] == part["key"]["bound_at"], "enrolled with it")
    two = first and (holds(first, said["before", tag, name]), first["signed"]["by"] != one["signed"]["by"])[1]
    need(alone or two or not asked.get("top") or one["settled"]["verdict"] != "grant", "it takes two approvers")
def verify(folder, key, kept):
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for packed in [zipfile.ZipFile(folder)] if folder.is_file() else []:
        files = {name: packed.read(name) for name in packed.namelist()}
        need(len(files) == len(packed.namelist()), "two files have one name")
    text, said, streams, last = (lambda name: files[name].decode()), {}, {}, -1
    vkey, lines = text("journal.vkey"), text("events.jsonl").splitlines()
    need(key in (None, vkey.strip()), "the key is not the one you were handed")
    form, origin, subject, _, count, *listed = opened(text("contents"), vkey)
    hashed = [f"{sha(file).hex()}  {name}" for name, file in sorted(files.items()) if name != "contents"]
    need((form, origin, count, listed) == ("portreeve/dossier/v1", vkey.split("+")[0], f"events {len(lines)}", hashed),
         "a file is not the one that was exported")
    heads = [opened(text(name), vkey) for name in ("checkpoint", "earlier-checkpoint") if name in files]
    need({head[0] for head in heads} == {origin} and (kept is None or opened(kept, vkey) in heads), "the checkpoint")
    (size, root), *earlier = [(int(size), base64.b64decode(root, validate=True)) for _, size, root in heads]
    for old, e_root in earlier:
        need(old == 0 or climb(old, size, hexes(text("consistency").split()), e_root) == [e_root, root], "earlier")
    for e in map(json.loads, lines):
        prev, (version, before) = bytes.fromhex(e["prev"]), streams.get(e["stream"], (0, bytes(32)))
        link = sha(b"portreeve/link/v1\0", prev, framed(e["stream"].encode()), struct.pack(">Q", e["version"]),
                   framed(e["tag"].encode()), struct.pack(">q", e["at"]), framed(e["body"].encode()))
        top = climb(e["position"] + 1, size, hexes(e["proof"]), sha(b"\0", link), True)[1]
        follows = e["version"] > version + 1 or (e["version"], prev) == (version + 1, before)
        need((link.hex(), top) == (e["link"], root) and e["position"] > last and follows, f"event {e['position']}")
        streams[e["stream"]], last, word = (e["version"], link), e["position"], e["tag"].split(".")[-1]
        if e["tag"] == "enrolment.used": said["first", json.loads(e["body"])["correlation"]] = True
        if word in TOLD and "event" in (inside := json.loads(e["body"])):
            by = inside["correlation"]
            while word not in inside: inside = inside.get("event") or next(iter(inside.values()))
            about = e["tag"], inside[word]["approval" if word == "held" else "id"]
            said["before", *about], said[about], said["by", *about] = said.get(about), inside[word], by
    signed = sorted(about[1] for about in said if about[0] == "change.signed" or about[0] == "approval.signed"
                    and ("approval.settled", about[1]) in said)
    need([name for name in sorted(files) if "/" in name] == [f"approvals/{name}.json" for name in signed], "approvals")
    for name in signed: approval(name, json.loads(text(f"approvals/{name}.json")), said)
    return f"The dossier of the {subject} is sound: {len(lines)} events, {len(signed)} signed. Key: {vkey.strip()}"
if __name__ == "__main__":
    folder, key, kept = (sys.argv[1:] + [None, None])[:3]
    try: print(verify(pathlib.Path(folder), key, kept and pathlib.Path(kept).read_text()))
    except Exception as why: sys.exit(f"The dossier does not hold: {type(why).__name__}: {why}")
