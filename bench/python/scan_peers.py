"""Verdicts of other scanners on the files of a folder: `scan_peers.py FOLDER` prints {tool: {path: verdict}} as JSON.

A verdict is "found", "passed", or "refused" where the tool says that it cannot read the file or leaves it out.
"""

import contextlib
import io
import json
import os
import sys
from pathlib import Path


def by_picklescan(path):
    from picklescan.scanner import scan_file_path

    result = scan_file_path(str(path))
    if result.infected_files > 0 or result.issues_count > 0:
        return "found"
    return "refused" if result.scan_err or result.scanned_files == 0 else "passed"


def by_modelscan(path):
    from modelscan.modelscan import ModelScan

    result = ModelScan().scan(str(path))
    if result["issues"]:
        return "found"
    return "refused" if result["errors"] or result["summary"]["scanned"]["total_scanned"] == 0 else "passed"


def by_fickling(path):
    from fickling.analysis import Severity, check_safety
    from fickling.fickle import StackedPickle

    with open(path, "rb") as file:
        pickles = StackedPickle.load(file)
    verdicts = [check_safety(pickled).severity for pickled in pickles]
    return "passed" if all(verdict == Severity.LIKELY_SAFE for verdict in verdicts) else "found"


TOOLS = {"picklescan": by_picklescan, "modelscan": by_modelscan, "fickling": by_fickling}


def judge(tool, path):
    # The tools talk, and their errors say that they do not read the file.
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            return tool(path)
        except BaseException:
            return "refused"


def main():
    folder = Path(sys.argv[1])
    os.environ["PYTHONWARNINGS"] = "ignore"
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    print(json.dumps({name: {str(path.relative_to(folder)): judge(tool, path) for path in paths} for name, tool in TOOLS.items()}))


main()
