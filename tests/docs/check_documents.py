#!/usr/bin/env python3
"""Holds the documents against themselves and the tree: links and anchors, named files, both languages of the manual.

Usage: check_documents.py SOURCE_DIR
Exit 1 and one line for each thing that is wrong: file:line: what.
"""
import pathlib
import posixpath
import re
import sys

from markdown import Document, documents

ELSEWHERE = re.compile(r"^(https?|mailto):")
TREE = re.compile(r"^(docs|tests|tools|ledger|hsm|projections|snapshot|api)/[\w./-]*\w$")
CODE = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)+$")  # stable codes, and names that are spelled like them
MANUAL = "docs/manual/"
LANGUAGES = ("en", "zh")
SOURCES = (".cpp", ".hpp", ".py", ".capnp", ".service", ".toml", ".json", ".txt")


def wrong_links(path, document, all_documents, root):
    found = []
    for number, target in document.links:
        if ELSEWHERE.match(target):
            continue
        file, _, anchor = target.partition("#")
        where = posixpath.normpath(posixpath.join(posixpath.dirname(path), file)) if file else path
        if where.startswith("..") or not (root / where).exists():
            found.append(f"{path}:{number}: there is no {target}")
        elif anchor and (where not in all_documents or anchor not in all_documents[where].anchors):
            found.append(f"{path}:{number}: there is no heading #{anchor} in {where}")
    return found


def wrong_names(path, document, root, words):
    """Files and codes in backticks that the tree does not have."""
    found = []
    for number, span in document.spans:
        if TREE.match(span) and not (root / span).exists() and not list(root.glob(span + "*")):
            found.append(f"{path}:{number}: there is no {span}")
        if path.startswith(MANUAL) and CODE.match(span) and span not in words:
            found.append(f"{path}:{number}: no source says {span}")
    return found


def shape(document):
    return {"headings": [level for level, _ in document.headings], "tables": document.tables, "table rows": document.rows,
            "list items": document.items, "code blocks": len(document.blocks)}


def codes(document):
    return {span for _, span in document.spans if CODE.match(span)}


def differences(pages):
    """Between the languages of the manual. `pages`: language -> page -> Document."""
    found = []
    one, other = LANGUAGES
    for page in sorted(set(pages[one]) ^ set(pages[other])):
        missing = other if page in pages[one] else one
        found.append(f"{MANUAL}{missing}/{page}:1: is missing")
    for page in sorted(set(pages[one]) & set(pages[other])):
        first, second = pages[one][page], pages[other][page]
        for what, of_first in shape(first).items():
            if of_first != shape(second)[what]:
                found.append(f"{MANUAL}{other}/{page}:1: {what}: {one} {of_first}, {other} {shape(second)[what]}")
        for code in sorted(codes(first) ^ codes(second)):
            absent = other if code in codes(first) else one
            found.append(f"{MANUAL}{absent}/{page}:1: does not name {code}")
    return found


def not_in_index(pages):
    found = []
    for language in LANGUAGES:
        listed = {target.partition("#")[0] for _, target in pages[language].get("README.md", Document("")).links}
        found += [f"{MANUAL}{language}/README.md:1: does not list {page}" for page in sorted(pages[language])
                  if page != "README.md" and page not in listed]
    return found


def loose_words(path, text):
    """docs/glossary.md: 授权文件 means two things, and is never used alone."""
    lines = enumerate(text.splitlines(), 1) if path.startswith(MANUAL) else ()
    return [f"{path}:{number}: 授权文件: say which one (docs/glossary.md)" for number, line in lines if "授权文件" in line]


def open_fences(path, document):
    return [f"{path}:{document.open_fence}: this code block is never closed"] if document.open_fence else []


def self_test(root):
    """The check itself can fail: each of these must be found."""
    found = []
    good = Document("# One `two`\n\n[x](#one-two) [y](https://example.org)\n")
    for text in ("[x](absent.md)", "# A\n[x](#b)", "| a | b |\n|---|---|\n| [x](#x) | b |"):
        bad = Document(text)
        if not wrong_links("README.md", bad, {"README.md": bad}, root):
            found.append(f"self-test: not found: {text}")
    code = Document("`[x](y)`\n```\n[x](y)\n```")
    if wrong_links("README.md", good, {"README.md": good}, root) or wrong_links("README.md", code, {}, root):
        found.append("self-test: a good link was refused")
    if not wrong_names(MANUAL + "en/x.md", Document("`no-such-code` `docs/absent.md`"), root, {"other-code"})[1:]:
        found.append("self-test: an unknown code or file was not found")
    page = Document("# A\n\n`x-y`\n\n```\nb\n```\n")
    for other in ("# A\n", "# A\n\n`x-y`\n", "# A\n\n## B\n`x-y`\n\n    b\n"):
        if not differences({"en": {"p.md": page}, "zh": {"p.md": Document(other)}}):
            found.append(f"self-test: not found to differ: {other!r}")
    if not differences({"en": {"p.md": page}, "zh": {}}) or not not_in_index({"en": {"p.md": page}, "zh": {}}):
        found.append("self-test: a missing page was not found")
    if len(loose_words(MANUAL + "zh/x.md", "授权文件\n授权数量文件\n激活文件")) != 1:
        found.append("self-test: an ambiguous word was not found")
    if not open_fences("x.md", Document("```\na\n")) or open_fences("x.md", Document("```\na\n```\n")):
        found.append("self-test: open and closed code blocks are not told apart")
    return found


def source_words(root):
    folders = ("api", "hsm", "ledger", "projections", "snapshot", "tests", "tools")
    text = " ".join(file.read_text(encoding="utf-8", errors="replace") for folder in folders
                    for file in (root / folder).rglob("*") if file.suffix in SOURCES and "node_modules" not in file.parts)
    return set(re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)+", text))


def main():
    root = pathlib.Path(sys.argv[1])
    found = self_test(root)
    all_documents = documents(root)
    if len(all_documents) < 10:
        found.append(f"only {len(all_documents)} documents below {root}: wrong folder?")
    words = source_words(root)
    for path, document in all_documents.items():
        found += open_fences(path, document) + wrong_links(path, document, all_documents, root)
        found += wrong_names(path, document, root, words)
        found += loose_words(path, (root / path).read_text(encoding="utf-8"))
    pages = {language: {path.rpartition("/")[2]: document for path, document in all_documents.items()
                        if path.startswith(f"{MANUAL}{language}/")} for language in LANGUAGES}
    found += differences(pages) + not_in_index(pages)
    print("\n".join(found) if found else f"{len(all_documents)} documents are in order")
    sys.exit(1 if found else 0)


main()
