"""That everything in the manual's pages on recovery, the HSM and the cut-over is run by the drills, and prints what they show: each
command with each option that they name, and each line that they show as printed, in each language that was spoken.

    manual_agrees.py FOLDER   what each row typed and saw is in FOLDER, one JSON list of both a line, in files ROW.LANGUAGE
"""

import json
import os
import re
import sys

LANGUAGES = ["en", "zh"]
TRANSCRIPTS = ["recovery", "hsm", "cut-over"]  # have blocks of what is printed
PAGES = [*TRANSCRIPTS, "dos-and-donts", "contingency-plan"]
PROGRAMS = {"actledger", "actledgerd", "actledger-verify", "actledger-issuer", "actledger-client", "pkcs11-tool", "openssl",
            "softhsm2-util", "mv", "rm"}
GROUPS = {"activation", "annex", "enrolment", "hsm", "legacy", "license", "recover", "secrets", "setting", "time"}
ALONE = {"export", "replay", "report", "restore", "snapshot", "status", "verify"}  # written without their program now and then
VALUED = {"--config", "--lang", "--folder", "--passphrase-file"}  # before the command, with a value
FORBIDDEN = {"pkcs11-tool --init-token", "softhsm2-util", "softhsm2-util --init-token"}  # named as what wipes a card


def parsed(words):
    """@return program, command and options of a command line, as "actledger hsm rotate" and {"--request"}; or None"""
    words = list(words)
    if words[:3] == ["sudo", "-u", "actledger"]:
        words = words[3:]
    if not words:
        return None
    if words[0] in GROUPS | ALONE:
        words.insert(0, "actledger")
    if words[0] not in PROGRAMS:
        return None
    program, rest, options = words[0], words[1:], set()
    while program in ("actledger", "actledger-issuer") and rest and rest[0].startswith("--"):
        options.add(rest[0])
        rest = rest[2 if rest[0] in VALUED else 1:]
    name = [program]
    if program in ("actledger", "actledger-issuer", "actledger-client", "openssl") and rest and is_word(rest[0]):
        name.append(rest.pop(0))
        if program == "actledger" and name[-1] in GROUPS and rest and is_word(rest[0]):
            name.append(rest.pop(0))
    options |= {word.split("=")[0] for word in rest if re.fullmatch(r"--[a-z][a-z-]*(=.*)?", word)}
    return " ".join(name), options


def is_word(word):
    return re.fullmatch(r"[a-z][a-z0-9-]*", word) is not None


def snippets(page):
    """What a page shows as code: lines of blocks, and what stands between backticks."""
    fenced = False
    for line in page.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif fenced:
            if line.startswith("$ "):
                yield line[2:]
        elif line.startswith("    ") and not line.lstrip().startswith("|"):
            yield line.split(" #")[0]
        if not fenced:
            yield from re.findall(r"`([^`]+)`", line)


def named_in(text):
    """@return commands with their options, and options that stand alone"""
    commands, alone = {}, set()
    for snippet in snippets(text):
        words = snippet.replace("[", " ").replace("]", " ").replace("|", " ").split()
        if words and re.fullmatch(r"--[a-z-]+", words[0]):
            alone.add(words[0])
        command = parsed(words)
        if command and command != ("actledger", set()):  # the program's name alone
            commands.setdefault(command[0], set()).update(command[1])
    return commands, alone


def not_run(typed, pages):
    """@return what the pages name and no drill typed"""
    run = {}
    for words, _ in typed:
        command = parsed(words)
        if command:
            run.setdefault(command[0], set()).update(command[1])
    every_option = set().union(*run.values())
    lacking = set()
    for text in pages.values():
        commands, alone = named_in(text)
        for name, options in commands.items():
            if name not in run:
                lacking.add(name)
            lacking |= {f"{name} {option}" for option in options - run.get(name, set())}
        lacking |= alone - every_option
    return sorted(lacking - FORBIDDEN)


def shown_in(text):
    """Lines that a page shows as printed, with their numbers: blocks that are no configuration."""
    fenced = configuration = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            fenced = not fenced
            configuration = fenced and line != "```"
        elif fenced and not configuration and not line.startswith("$ ") and line.strip() != "…":
            yield number, line


def pattern(line):
    """Of a printed line: ids, hashes, paths, times and numbers are others each time, and `…` stands for what was cut."""
    parts = re.split(r"([A-Z]{3}-\d{8}-[a-z2-7]+|[\w+/]+…|…|(?<=\s)/[\w./-]+|(?<= )[\w-]+\.ree|\b[0-9a-f]{16}\b|\d[\d:.-]*T[\d:.]+Z|\d+|\s+)", line.strip())
    made = ""
    for part in parts:
        if part == "…":
            made += ".*"
        elif part.isspace():
            made += r"\s+"
        elif part.isdigit():
            made += r"\d+"
        elif re.fullmatch(r"[A-Z]{3}-\d{8}-.*|.+…|/.+|.+\.ree|[0-9a-f]{16}|\d.*Z", part):
            made += r"\S+"
        else:
            made += re.escape(part)
    return re.compile(made)


def not_printed(typed, pages):
    """@return lines that the pages show and no drill saw"""
    printed = {line.strip() for _, output in typed for line in output.splitlines()}
    return [f"{page}:{number}: {line}" for page, text in pages.items() for number, line in shown_in(text)
            if not any(map(pattern(line).fullmatch, printed))]


def read(languages, names):
    pages = {}
    for page in (f"docs/manual/{language}/{name}.md" for language in languages for name in names):
        with open(os.path.join(os.environ["ACTLEDGER_SOURCE"], page), encoding="utf-8") as file:
            pages[page] = file.read()
    return pages


def manual_agrees(typed):
    """@param typed of all drills, by language. Says what does not agree. @return whether all does"""
    lacking = not_run([one for commands in typed.values() for one in commands], read(LANGUAGES, PAGES))
    if lacking:
        print("The manual names what no drill runs:", *lacking, sep="\n  ")
    unseen = [line for language, commands in typed.items() for line in not_printed(commands, read([language], TRANSCRIPTS))]
    if unseen:
        print("The manual shows what no drill saw:", *unseen, sep="\n  ")
    return not lacking and not unseen


def main():
    typed = {}
    for name in os.listdir(sys.argv[1]):
        with open(os.path.join(sys.argv[1], name), encoding="utf-8") as file:
            typed.setdefault(name.split(".")[1], []).extend(json.loads(line) for line in file)
    return 0 if manual_agrees(typed) else 1


if __name__ == "__main__":
    sys.exit(main())
