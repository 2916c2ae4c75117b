"""Every documented answer was met by a test: check_coverage.py openapi.json FOLDER EXPECTED...

FOLDER is where the test classes left what they met; EXPECTED are the names of those that must have.
"""

import json
import os
import sys

# What the transport says of any request is met once for all operations.
COMMON = {406, 408, 413, 429, 431, 500, 501, 503}
# Documented, and not met by a test, for a reason.
EXCUSED = {
    500: "internal-error is what must never happen; tests/api provokes it",
    408: "a request that never came whole belongs to no operation; test_refusals.py and tests/api hold it",
    (403, "DELETE", "/v1/activations/{id}"): "the key changed between proof and decision: tests/api/commands hold it",
    (409, "POST", "/v1/admin/recovery/pending/{id}"): "the licence was revoked between proof and decision: "
                                                      "tests/api/commands hold it",
    (404, "GET", "/v1/tls-proof"): "in the moment between the first handshake and the event that records it",
}


def documented(document):
    for template, item in document["paths"].items():
        for verb, operation in item.items():
            if verb in ("get", "post", "put", "delete"):
                for status in operation["responses"]:
                    yield verb.upper(), template, int(status)


def main(document_path, folder, *expected):
    with open(document_path, encoding="utf-8") as file:
        wanted = set(documented(json.load(file)))
    seen = set()
    for name in expected:
        path = os.path.join(folder, f"{name}.json")
        if not os.path.exists(path):
            sys.exit(f"{name} has not run: run all tests of test_server_system")
        with open(path, encoding="utf-8") as file:
            seen |= {tuple(entry) for entry in json.load(file)}
    missing = []
    for method, template, status in sorted(wanted - seen):
        if status not in COMMON and (status, method, template) not in EXCUSED:
            missing.append(f"{status} of {method} {template}")
    met = {status for _, _, status in seen}
    missing += [f"{status} of any operation" for status in sorted(COMMON - met - set(EXCUSED))]
    print(f"{len(wanted & seen)} of {len(wanted)} documented answers were met by a test")
    if missing:
        sys.exit("Documented, and met by no test:\n  " + "\n  ".join(missing))


main(*sys.argv[1:])
