#!/usr/bin/python3
"""Ledgers that released versions wrote, held against what they were: see README.md beside this file.

    corpus.py check BIN            every ledger is read, verified, restored and folded to what is on record of it
    corpus.py add BIN VERSION      writes this version's ledgers, and puts on record what they are
    corpus.py renew BIN            puts the digests of projections on record anew, after their version was raised
"""

import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BYTES_MAX = 300 * 1024  # of all versions
# What says where and when something ran, and not what the ledger is.
PASSING = {"path", "seconds", "version", "kind", "from", "folder", "stated_size"}
# What a later version may make otherwise, with a raised version of its state: renewed, never merely accepted.
DERIVED = ("state_digest", "read_models_digest")


class Failed(Exception):
    """A program did not do what it was asked."""


def run(program, *arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        raise Failed(f"{program.name} {' '.join(map(str, arguments))} ended with {done.returncode}: "
                     f"{done.stdout[-2000:]}{done.stderr}")
    return done.stdout


def lasting(report):
    return {key: lasting(value) if isinstance(value, dict) else value for key, value in report.items()
            if key not in PASSING}


def look_at(bins, folder):
    """-> what the programs of this build make of the ledger in `folder`"""
    actledger, verify, root = bins / "actledger", bins / "actledger-verify", folder / "root.pem"
    with tempfile.TemporaryDirectory(prefix="actledger-corpus-") as temporary:
        place = pathlib.Path(temporary)
        config = place / "actledgerd.toml"
        config.write_text(f'[ledger]\nfolder = "{place / "ledger"}"\n', encoding="utf-8")
        ledger = [actledger, "--config", config, "--json"]
        verified = json.loads(run(verify, "--json", "--every-signature", folder / "export", "--root", root))
        restored = json.loads(run(*ledger, "restore", folder / "export", "--root", root))
        again = json.loads(run(verify, "--json", "--every-signature", place / "ledger", "--root", root))
        if lasting(again) != lasting(verified):
            raise Failed(f"the restored ledger verifies otherwise: {again}")
        replayed = json.loads(run(*ledger, "replay"))
        checked = json.loads(run(*ledger, "replay", "--check"))
        if replayed["digest"] != checked["digest"] or replayed["digest"] != restored["state_digest"]:
            raise Failed(f"folded to different states: {replayed}, {checked}, {restored}")
        run(*ledger, "export", place / "events.jsonl", "--format", "jsonl")
        events = (place / "events.jsonl").read_bytes()
        kinds = sorted({json.loads(line)["kind"] for line in events.splitlines()})
        run(*ledger, "export", place / "export")
        for file in sorted(path for path in (folder / "export").rglob("*") if path.is_file()):
            name = file.relative_to(folder / "export")
            if name.name != "erased-through" and (place / "export" / name).read_bytes() != file.read_bytes():
                raise Failed(f"exported again, {name} is not what it was")
    found = {"kinds": kinds, "events_sha256": hashlib.sha256(events).hexdigest(), "verify": lasting(verified),
             "restore": lasting(restored), "state_digest": restored["state_digest"],
             "read_models_digest": replayed["read_models"]["digest"]}
    del found["restore"]["state_digest"]
    return found


def differs(expected, found):
    """What a later version says besides of an old ledger is no difference."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return any(differs(value, found.get(key)) for key, value in expected.items())
    return expected != found


def ledgers(below=HERE):
    """Folders with an export in them: 0.1.0, 0.1.0/aftermath"""
    return sorted(path.parent.parent for path in below.rglob("export/manifest"))


def name_of(folder):
    return folder.relative_to(HERE)


def record(folder, found):
    (folder / "expected.json").write_text(json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n",
                                          encoding="utf-8")


def check(bins):
    problems = []
    folders = ledgers()
    if not folders:
        problems.append("there is no ledger in the corpus")
    for folder in folders:
        expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
        try:
            found = look_at(bins, folder)
        except Failed as failed:
            problems.append(f"{name_of(folder)}: {failed}")
            continue
        for key in sorted(expected):
            if not differs(expected[key], found.get(key)):
                continue
            hint = " (was the version of the state raised? then: corpus.py renew)" if key in DERIVED else ""
            problems.append(f"{name_of(folder)}: {key} is {found.get(key)}, and was {expected.get(key)}{hint}")
        print(f"{name_of(folder)}: {found['verify']['ledger']['size']} events, {len(found['kinds'])} kinds")
    size = sum(path.stat().st_size for path in HERE.rglob("*") if path.is_file() and path.parent != HERE)
    if size > BYTES_MAX:
        problems.append(f"the corpus has {size} bytes, more than {BYTES_MAX}")
    return problems


def add(bins, version):
    folder = HERE / version
    if folder.exists():
        return [f"{folder} is there already: what a release wrote is never written again"]
    run(bins / "write-corpus", folder)
    for ledger in ledgers(folder):
        record(ledger, look_at(bins, ledger))
    return []


def renew(bins):
    problems = []
    for folder in ledgers():
        expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
        found = look_at(bins, folder)
        others = [key for key in expected if key not in DERIVED and differs(expected[key], found.get(key))]
        if others:
            problems.append(f"{name_of(folder)}: {', '.join(sorted(others))} differ, which no version of a projection explains")
        else:
            record(folder, {**expected, **{key: found[key] for key in DERIVED}})
    return problems


def main(what, bins, *more):
    actions = {"check": check, "add": add, "renew": renew}
    problems = actions[what](pathlib.Path(bins).resolve(), *more)
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


main(*sys.argv[1:])
