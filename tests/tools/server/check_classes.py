"""Every class of tests in this folder is one of CTest's: check_classes.py FILE-CLASS...

A class that is not in CMakeLists.txt is run by nobody, and nobody is told.
"""

import ast
import pathlib
import sys


def classes_of(file):
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and any(
                isinstance(part, ast.FunctionDef) and part.name.startswith("test_") for part in node.body):
            yield f"{file.name}-{node.name}"


found = {name for file in pathlib.Path(__file__).parent.glob("*.py") for name in classes_of(file)}
differing = found ^ set(sys.argv[1:])
if differing or not found:
    sys.exit("Only here, or only in CMakeLists.txt:\n  " + "\n  ".join(sorted(differing)))
