"""Which answers of which operations the tests have met. Each test class leaves a file in ACTLEDGER_COVERAGE."""

import atexit
import json
import os
import sys

_seen = set()


def saw(method, template, status):
    _seen.add(("GET" if method == "HEAD" else method, template, status))


def _leave():
    folder = os.environ.get("ACTLEDGER_COVERAGE")
    if not folder:
        return
    os.makedirs(folder, exist_ok=True)
    name = "-".join([os.path.basename(sys.argv[0]), *sys.argv[1:]])
    with open(os.path.join(folder, f"{name}.json"), "w", encoding="utf-8") as file:
        json.dump(sorted(_seen), file)


atexit.register(_leave)
