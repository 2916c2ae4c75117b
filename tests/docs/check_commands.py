#!/usr/bin/env python3
"""Holds every command line in the manual and the README against what the built programs say of themselves with --help,
and every row that a drill is said to play against the drills.

Usage: check_commands.py SOURCE_DIR PROGRAMS_DIR
Exit 1 and one line for each thing that is wrong: file:line: what.
"""
import functools
import os
import pathlib
import re
import subprocess
import sys

from markdown import Document, documents

PROGRAMS = ("actledger", "actledgerd", "actledger-client", "actledger-issuer", "actledger-verify")
OPTION = re.compile(r"^\s+(?:(-\w),)?(--[\w-]+)(?:[ ,](.*))?$")
SECTION = re.compile(r"^(\w[\w ]*):$")
VALUE = re.compile(r"^(TEXT|UINT|INT|FLOAT|ENUM|\{)")
DRILL = re.compile(r"^(?:\./)?tools/drill\s+(.+)$")
ROW = re.compile(r"^def row_([a-z])\(", re.MULTILINE)
END = {"|", "||", "&&", ";", ">", ">>", "<", "2>&1", "&"}


class Help:
    """What one command knows: subcommands, options (name -> whether a value follows), and whether it takes arguments."""

    def __init__(self, text):
        self.subcommands, self.options, self.positionals = set(), {}, False
        section = ""
        for line in text.splitlines():
            heading = SECTION.match(line)
            option = OPTION.match(line)
            if heading:
                section = heading.group(1)
                self.positionals |= section == "Positionals"
            elif section == "Subcommands" and re.match(r"^  \S", line):
                self.subcommands.add(line.split()[0])
            elif section == "Options" and option:
                takes = bool(VALUE.match(option.group(3) or ""))
                for name in filter(None, option.group(1, 2)):
                    self.options[name] = takes


class Programs:
    def __init__(self, folder):
        self._folder = folder

    @functools.lru_cache(maxsize=None)
    def help(self, *command):
        done = subprocess.run([os.path.join(self._folder, command[0]), *command[1:], "--help"], capture_output=True, text=True,
                              timeout=60, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)} --help ended with {done.returncode}: {done.stderr}")
        return Help(done.stdout)


def tokens_of(line):
    """The words of a command line as manuals write them: without prompt, comment and the brackets of what may be left out."""
    line = re.sub(r"(^|\s)#\s.*$", "", line)
    line = re.sub(r"""("[^"]*"|'[^']*')""", "quoted", line)
    line = re.sub(r"[\[\]()（）]", " ", line)
    words = [word.strip("\"',，。;；：") for word in line.split()]
    while words and (words[0] in ("$", "sudo", "exec") or words[0] == "-u"):
        words = words[2:] if words[0] == "-u" else words[1:]
    if words and words[0] not in PROGRAMS and len(words) > 1 and words[1] in PROGRAMS:
        words = words[1:]  # the account after sudo -u, or what a quoted sentence puts before
    for place, word in enumerate(words):
        if word in END:
            return words[:place]
    return words


def wrong_command(programs, words):
    """@return what the program does not know, or None"""
    path, levels = [words[0]], [programs.help(words[0])]
    skip = argument = False
    for word in words[1:]:
        known = {name: takes for level in levels for name, takes in level.options.items()}
        if skip and not word.startswith("--"):
            skip = False
            continue
        skip = False
        if word.startswith("-") and len(word) > 1:
            name, _, value = word.partition("=")
            if name not in known:
                return f"`{' '.join(path)}` has no option {name}"
            skip = known[name] and not value
        elif not argument and levels[-1].subcommands:
            choices = re.split(r"[|、/]", word)
            unknown = [choice for choice in choices if choice not in levels[-1].subcommands]
            if word in ("…", "..."):
                return None
            if unknown:
                return f"`{' '.join(path)}` has no subcommand {unknown[0]}"
            path.append(choices[0])
            levels.append(programs.help(*path))
        elif levels[-1].positionals or word in ("…", "..."):
            argument = True
        else:
            return f"`{' '.join(path)}` takes no argument, such as {word}"
    return None


def command_lines(document):
    """(line number, words) of everything that is a command line."""
    lines = list(document.spans)
    for first, block in document.blocks:
        whole, begun = "", first
        for number, line in enumerate(block, first):
            begun = begun if whole else number
            whole += line.rstrip()
            if whole.endswith("\\"):
                whole = whole[:-1] + " "
                continue
            lines.append((begun, whole.strip()))
            whole = ""
    for number, line in lines:
        words = tokens_of(line)
        if words and words[0] in PROGRAMS:
            yield number, words


def wrong_rows(document, rows):
    lines = document.spans + [(first + n, line.strip()) for first, block in document.blocks for n, line in enumerate(block)]
    for number, line in lines:
        drill = DRILL.match(line)
        for row in re.sub(r"\s#\s.*$", "", drill.group(1)).split() if drill else []:
            if row != "all" and row not in rows and re.match(r"^\w+$", row):
                yield number, f"tools/drill plays no row {row}"


def findings(path, document, programs, rows):
    found = [f"{path}:{number}: {wrong}" for number, words in command_lines(document)
             if (wrong := wrong_command(programs, words))]
    return found + [f"{path}:{number}: {wrong}" for number, wrong in wrong_rows(document, rows)]


def self_test(programs):
    """The check itself can fail: each of these lines must be refused, or accepted."""
    bad = ["actledger frobnicate", "actledger hsm mend", "actledger status --colour", "actledger status somewhere",
           "sudo -u actledger actledger recover --wet-run", "actledger-client activate --no-such", "actledger-issuer forge",
           "actledger --config x.toml hsm init --rooot y", "actledgerd --root x"]
    good = ["actledger", "actledger --json status", "actledger status --config x.toml", "actledger hsm check --before driver.txt # now",
            "actledger-verify PATH --root ROOT.crt", "actledger recover import FILES…", "actledger export FOLDER [--format csv]",
            "sudo -u actledger actledger restore /mnt/x --root y.crt", "actledger enrolment create --pool a --key-only > b.key",
            "actledger recover import|pending", "actledger-client --server https://x:1 activate --product y"]
    return [f"self-test: not refused: {line}" for line in bad if not findings("x", Document(f"    {line}\n"), programs, "A")] + \
           [f"self-test: refused: {line}: {found}" for line in good
            if (found := findings("x", Document(f"    {line}\n"), programs, "A"))] + \
           [f"self-test: rows: {line}" for line, wrong in (("tools/drill A all", 0), ("tools/drill A Z", 1))
            if len(findings("x", Document(f"    {line}\n"), programs, "A")) != wrong]


def main():
    root, programs = pathlib.Path(sys.argv[1]), Programs(sys.argv[2])
    found = self_test(programs)
    rows = {row.upper() for name in ("rows", "further_rows")
            for row in ROW.findall((root / f"tests/drills/{name}.py").read_text(encoding="utf-8"))}
    count = 0
    for path, document in documents(root).items():
        if path.startswith("docs/manual/") or path in ("README.md", "CONTRIBUTING.md"):
            count += sum(1 for _ in command_lines(document))
            found += findings(path, document, programs, rows)
    if count < 100:
        found.append(f"only {count} command lines below {root}: wrong folder?")
    print("\n".join(found) if found else f"{count} command lines are known to the programs")
    sys.exit(1 if found else 0)


main()
