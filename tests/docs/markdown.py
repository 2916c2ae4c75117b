"""What the checks of documents read out of a Markdown file: headings, links, tables, code."""

import re

FENCE = re.compile(r"^ {0,12}(```+|~~~+)")
HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
LINK = re.compile(r"\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^()\s]+)\)")
SPAN = re.compile(r"(`+)(.+?)\1")
ITEM = re.compile(r"^\s*([-*+]|\d+\.)\s")
TABLE_RULE = re.compile(r"^\s*\|(\s*:?-+:?\s*\|)+\s*$")
INDENT = " " * 4


def slug(heading):
    """The anchor that a heading gets on the usual forges: lower case, no punctuation, spaces as hyphens."""
    text = SPAN.sub(lambda span: span.group(2), heading)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).replace("*", "")
    return "".join("-" if c == " " else c for c in text.lower() if c.isalnum() or c in " -_")


class Document:
    """One file. `blocks` are code blocks, fenced or indented: (number of the first line, its lines)."""

    def __init__(self, text):
        self.headings = []  # (level, text)
        self.anchors = set()
        self.links = []  # (line number, target)
        self.spans = []  # (line number, code in backticks)
        self.tables = self.rows = self.items = 0
        self.blocks = []
        self.open_fence = None  # the line of a fence that is never closed
        self._read(text.splitlines())

    def _read(self, lines):
        fence = block = None
        before = ""
        in_list = False
        for number, line in enumerate(lines, 1):
            marker = FENCE.match(line)
            if fence:
                if marker and line.strip() == fence:
                    fence = self.open_fence = None
                else:
                    self.blocks[-1][1].append(line)
                continue
            if marker:
                fence, self.open_fence, block = marker.group(1), number, None
                self.blocks.append((number + 1, []))
                continue
            in_list = bool(ITEM.match(line)) or (in_list and (not line.strip() or line.startswith("  ")))
            indent = INDENT * 2 if in_list else INDENT
            if line.startswith(indent) and (block is not None or not before.strip()):
                if block is None:
                    block = []
                    self.blocks.append((number, block))
                block.append(line)
            elif line.strip():
                block = None
                self._read_prose(number, line)
            before = line

    def _read_prose(self, number, line):
        heading = HEADING.match(line)
        if heading:
            self.headings.append((len(heading.group(1)), heading.group(2)))
            anchor, again = slug(heading.group(2)), 0
            while anchor in self.anchors:
                again += 1
                anchor = f"{slug(heading.group(2))}-{again}"
            self.anchors.add(anchor)
        if TABLE_RULE.match(line):
            self.tables += 1
        self.rows += line.lstrip().startswith("|")
        self.items += bool(ITEM.match(line))
        self.spans += [(number, span.group(2).strip()) for span in SPAN.finditer(line)]
        bare = SPAN.sub(lambda span: "`" * len(span.group(0)), line)
        self.links += [(number, target) for target in LINK.findall(bare)]


def documents(root):
    """Path (relative, with slashes) -> Document: all that is written for readers."""
    files = [*root.glob("*.md"), *(root / "docs").rglob("*.md"), *(root / "tests").rglob("*.md")]
    return {file.relative_to(root).as_posix(): Document(file.read_text(encoding="utf-8"))
            for file in sorted(files) if "node_modules" not in file.parts}
