#!/usr/bin/python3
"""Ledgers that released versions wrote, held against what they were: see README.md beside this file.

    corpus.py check BIN            every ledger is read, verified, restored and folded to what is on record of it, and
                                   together they have all that the programs in BIN can write
    corpus.py rehearse BIN         writes such ledgers and looks at them, and keeps nothing
    corpus.py add BIN VERSION      writes this version's ledgers that are not there yet, and puts on record what they are
    corpus.py renew BIN            puts the digests of projections on record anew, after their version was raised, and
                                   what was not looked at before
"""

import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BYTES_MAX = 200 * 1024  # of each version
# What says where and when something ran, and not what the ledger is.
PASSING = {"path", "seconds", "version", "kind", "from", "folder", "stated_size"}
# What a later version may make otherwise, with a raised version of its state: renewed, never merely accepted.
DERIVED = ("state_digest", "read_models_digest")
# What events of one kind and reason differ in, and readers with them: said by read-corpus.
FORMS = {
    "adoption, earlier key",
    "adoption, present key",
    "anchor by actledger-anchor/1",
    "anchor by actledger-anchor/2",
    "log_and_key_lost by checkpoint",
    "log_lost by actledger-anchor/1",
    "log_lost by actledger-anchor/2",
    "log_lost by actledger-anchor/2, certificate",
    "reendorsed",
    "reendorsed by actledger-anchor/2",
    "restored by actledger-anchor/1",
    "rotated",
    "witness by checkpoint",
}


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
    lost = sorted((folder / "lost").glob("*.tlog-proof"))
    audit = [verify, "--json", "--every-signature", "--root", root]
    for file in lost:
        audit += ["--witness", file]
    with tempfile.TemporaryDirectory(prefix="actledger-corpus-") as temporary:
        place = pathlib.Path(temporary)
        config = place / "actledgerd.toml"
        config.write_text(f'[ledger]\nfolder = "{place / "ledger"}"\n', encoding="utf-8")
        ledger = [actledger, "--config", config, "--json"]
        verified = json.loads(run(*audit, folder / "export"))
        restored = json.loads(run(*ledger, "restore", folder / "export", "--root", root))
        again = json.loads(run(*audit, place / "ledger"))
        if lasting(again) != lasting(verified):
            raise Failed(f"the restored ledger verifies otherwise: {again}")
        replayed = json.loads(run(*ledger, "replay"))
        checked = json.loads(run(*ledger, "replay", "--check"))
        if replayed["digest"] != checked["digest"] or replayed["digest"] != restored["state_digest"]:
            raise Failed(f"folded to different states: {replayed}, {checked}, {restored}")
        run(*ledger, "export", place / "events.jsonl", "--format", "jsonl")
        events = (place / "events.jsonl").read_bytes()
        seen = json.loads(run(bins / "read-corpus", place / "ledger", root))
        for file in lost:
            run(verify, file, "--root", root, "--at", verified["ledger"]["first_event_at"])
        run(*ledger, "export", place / "export")
        for file in sorted(path for path in (folder / "export").rglob("*") if path.is_file()):
            name = file.relative_to(folder / "export")
            if name.name != "erased-through" and (place / "export" / name).read_bytes() != file.read_bytes():
                raise Failed(f"exported again, {name} is not what it was")
    found = {**seen, "lost_files": [file.name for file in lost], "events_sha256": hashlib.sha256(events).hexdigest(), "verify": lasting(verified),
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
    records = []
    for folder in ledgers():
        expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
        records.append(expected)
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
    problems += lacking(bins, records)
    for version in sorted(path for path in HERE.iterdir() if path.is_dir()):
        size = sum(path.stat().st_size for path in version.rglob("*") if path.is_file())
        if size > BYTES_MAX:
            problems.append(f"{version.name} has {size} bytes, more than {BYTES_MAX}")
    return problems


def lacking(bins, records):
    """-> what the programs of this build can write, and none of the ledgers on record has"""
    known = json.loads(run(bins / "read-corpus", "known"))
    wanted = {"kinds": set(known["kinds"]), "reasons": set(known["reasons"]), "forms": FORMS}
    problems = []
    for what, names in wanted.items():
        missing = names.difference(*(record.get(what, []) for record in records))
        problems += [f"no ledger has this ({what}): {name}" for name in sorted(missing)]
    unlisted = set().union(*(record.get("forms", []) for record in records)) - FORMS
    return problems + [f"FORMS does not list: {name}" for name in sorted(unlisted)]


def rehearse(bins):
    with tempfile.TemporaryDirectory(prefix="actledger-corpus-") as temporary:
        written = pathlib.Path(temporary) / "written"
        run(bins / "write-corpus", written)
        return lacking(bins, [look_at(bins, ledger) for ledger in ledgers(written)])


def add(bins, version):
    with tempfile.TemporaryDirectory(prefix="actledger-corpus-") as temporary:
        written = pathlib.Path(temporary) / "written"
        run(bins / "write-corpus", written)
        for ledger in ledgers(written):
            folder = HERE / version / ledger.relative_to(written)
            if (folder / "export").exists():
                print(f"{name_of(folder)} is there already: what a release wrote is never written again")
                continue
            record(ledger, look_at(bins, ledger))
            folder.mkdir(parents=True, exist_ok=True)
            for part in ("export", "lost", "root.pem", "expected.json"):
                if (ledger / part).exists():
                    shutil.move(ledger / part, folder / part)
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
            record(folder, {**found, **expected, **{key: found[key] for key in DERIVED}})
    return problems


def main(what, bins, *more):
    actions = {"check": check, "rehearse": rehearse, "add": add, "renew": renew}
    problems = actions[what](pathlib.Path(bins).resolve(), *more)
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


main(*sys.argv[1:])
