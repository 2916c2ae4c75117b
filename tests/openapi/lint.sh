#!/usr/bin/env bash
# lint.sh install|good|bad FOLDER: installs the linter into FOLDER; lints api/openapi.json; or shows that it finds what is
# wrong in broken copies of it. The lock file pins every package; no package's own script is run.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
document=$here/../../api/openapi.json
folder=${2:?a folder}

lint() { # DOCUMENT
    "$folder/node_modules/.bin/spectral" lint --ruleset "$here/ruleset.yaml" --fail-severity warn "$1"
}

refuses() { # WHAT RULE JAVASCRIPT: the document `d`, changed by it, must be refused by the rule
    local broken=$folder/broken.json
    node -e "const fs = require('fs'); const d = JSON.parse(fs.readFileSync('$document')); $3;
             fs.writeFileSync('$broken', JSON.stringify(d))"
    if said=$(lint "$broken" 2>&1); then
        echo "not found: $1" && return 1
    fi
    grep -q "$2" <<<"$said" || { echo "$1: found, and not by $2:" && echo "$said" && return 1; }
    echo "found: $1"
}

case "$1" in
    install)
        mkdir -p "$folder"
        cmp -s "$here/package-lock.json" "$folder/node_modules/.installed-lock.json" && exit 0
        cp "$here/package.json" "$here/package-lock.json" "$folder"
        npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund
        cp "$here/package-lock.json" "$folder/node_modules/.installed-lock.json"
        ;;
    good) lint "$document" ;;
    bad)
        refuses "an operation id twice" operation-operationId-unique \
            "d.paths['/healthz'].get.operationId = d.paths['/readyz'].get.operationId"
        refuses "a schema that nobody uses" oas3-unused-component "d.components.schemas.Lonely = {type: 'string'}"
        refuses "a reference to nothing" invalid-ref "d.paths['/healthz'].get.responses['400'] = {\$ref: '#/components/x'}"
        refuses "a type that does not exist" oas3-schema "d.components.schemas.Problem.type = 'objekt'"
        refuses "a path parameter that is not described" path-params \
            "d.paths['/v1/activations/{id}'].get.parameters = []; d.paths['/v1/activations/{id}'].parameters = []"
        refuses "an open object" actledger-objects-are-closed \
            "delete d.components.schemas.Problem.additionalProperties"
        refuses "a refusal of its own" actledger-refusals-are-problems \
            "d.paths['/healthz'].get.responses['400'] = {description: 'wrong'}"
        refuses "a name in another style" actledger-plain-names \
            "d.components.schemas.Problem.properties.requestId = {type: 'string'}"
        ;;
    *) echo "lint.sh: install, good or bad?" >&2 && exit 2 ;;
esac
