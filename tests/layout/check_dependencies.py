#!/usr/bin/env python3
"""Holds the includes of every source against the dependency table of docs/architecture.md.

Usage: check_dependencies.py SOURCE_DIR [--self-test]
Exit 1 and one line a violation: file:line: why.
"""
import pathlib
import re
import sys

# area -> areas it may include from (itself always). The longest matching folder names a file's area.
ALLOWED = {
    "ledger/core": [],
    "ledger/license_file": ["ledger/core"],
    "ledger/store_read": ["ledger/core"],
    "ledger/store_write": ["ledger/core", "ledger/store_read"],
    "hsm": ["ledger/core"],
    "hsm/module": ["hsm", "ledger/core"],
    "projections/state": ["ledger/core", "ledger/license_file"],
    "projections/read": ["ledger/core", "ledger/store_read", "projections/state"],
    "snapshot": ["ledger/core", "ledger/license_file", "ledger/store_read", "ledger/store_write", "projections/read",
                 "projections/state"],
    "api/commands": ["ledger/core", "ledger/license_file", "ledger/store_read", "ledger/store_write", "projections/state"],
    "api/net": [],
    "api": ["api/commands", "api/net", "ledger/core", "ledger/license_file", "ledger/store_read", "ledger/store_write",
            "projections/read", "projections/state", "snapshot"],
    # Programs are wiring. The verifier and the client stand alone.
    "tools": ["api", "api/commands", "api/net", "hsm", "ledger/core", "ledger/license_file", "ledger/store_read",
              "ledger/store_write", "projections/read", "projections/state", "snapshot"],
    "tools/verify": ["ledger/core", "ledger/license_file", "ledger/store_read", "projections/state", "tools/terminal"],
    "tools/client": ["ledger/core", "api/net", "tools/terminal"],
    # Measures the parts against disk, token and network themselves.
    "tools/bench": ["api", "ledger/core", "ledger/store_read", "tools/terminal"],
    "tools/issuer": ["ledger/core", "ledger/license_file", "tools/terminal"],
    "tools/hsm_worker": ["hsm", "hsm/module", "ledger/core"],
    "tools/terminal": ["ledger/core"],
}
# third-party header -> areas that may see it. Others must not know it exists.
RESERVED = {
    r"lmdb\.h": ["ledger/store_read", "ledger/store_write", "projections/read", "tools/bench"],
    r"p11-kit/.*|pkcs11\.h": ["hsm", "hsm/module", "tools/hsm_worker", "tools/bench"],
    r"boost/(beast|asio)(/.*|\.hpp)": ["api", "api/net", "tools", "tools/client", "tools/bench"],
    r"archive(_entry)?\.h": ["ledger/license_file"],
    r"toml\+\+/.*|toml\+\+\.h": ["tools", "tools/client"],
    r"CLI/.*": ["tools", "tools/client", "tools/issuer", "tools/verify", "tools/terminal", "tools/bench"],
    r"capnp/.*|kj/.*": ["ledger/core", "hsm", "hsm/module"],
}
SOURCES = ("*.hpp", "*.cpp")
TOPS = ("ledger", "hsm", "projections", "snapshot", "api", "tools")
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^">]+)[">]')


def area_of(path):
    """The longest folder of `path` (relative, with slashes) that the table names, or None."""
    parts = path.split("/")
    for length in range(len(parts), 0, -1):
        candidate = "/".join(parts[:length])
        if candidate in ALLOWED:
            return candidate
    return None


def violations(path, text):
    """Lines "path:number: why" for one file."""
    area = area_of(path)
    if area is None:
        return [f"{path}:1: lies in no folder of the dependency table"]
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        header = match.group(1)
        if header.split("/")[0] in TOPS and "/" in header:
            target = area_of(header)
            own_program = area == target or (area.startswith("tools") and target == "tools")
            if target is None or not (own_program or target in ALLOWED[area]
                                      or (area == "tools" and target and target.startswith("tools/"))):
                found.append(f"{path}:{number}: {area} must not include {header}")
        for pattern, areas in RESERVED.items():
            if re.fullmatch(pattern, header) and area not in areas:
                found.append(f"{path}:{number}: {area} must not know <{header}>")
    return found


def self_test():
    """The check itself can fail: each of these lines must be refused."""
    bad = [("ledger/core/x.cpp", '#include "hsm/token.hpp"'), ("api/router.cpp", "#include <lmdb.h>"),
           ("projections/state/x.cpp", '#include "ledger/store_read/log_reader.hpp"'),
           ("tools/verify/main.cpp", '#include "ledger/store_write/sequencer.hpp"'),
           ("api/commands/x.cpp", "#include <boost/asio.hpp>"), ("hsm/x.cpp", "#include <boost/beast/http.hpp>")]
    good = [("api/router.cpp", '#include "ledger/core/result.hpp"'), ("hsm/x.cpp", '#include "ledger/core/signer.hpp"'),
            ("tools/server/main.cpp", '#include "tools/config/config.hpp"')]
    return [f"self-test: not refused: {b}" for b in bad if not violations(*b)] + \
           [f"self-test: refused: {violations(*g)}" for g in good if violations(*g)]


def main():
    root = pathlib.Path(sys.argv[1])
    found = self_test()
    files = [f for top in TOPS for pattern in SOURCES for f in sorted((root / top).rglob(pattern))
             if "node_modules" not in f.parts]
    if len(files) < 10:
        found.append(f"only {len(files)} sources below {root}: wrong folder?")
    for file in files:
        found += violations(file.relative_to(root).as_posix(), file.read_text(encoding="utf-8"))
    print("\n".join(found) if found else f"{len(files)} files keep to the table")
    sys.exit(1 if found else 0)


main()
