"""`python -m child identify|read EXTENSION ROWS_FD`: the file on standard input, the verdict on standard output."""

import json
import os
import resource
import sys
from typing import Any

from . import terms
from .rows import Sink
from .sniff import identify
from .terms import Refusal

LIMITS = {
    resource.RLIMIT_AS: (terms.MEMORY, terms.MEMORY),
    # a little room at the hard limit: it would kill before the signal that tells why
    resource.RLIMIT_CPU: (terms.CPU_SECONDS, terms.CPU_SECONDS + 2),
    resource.RLIMIT_NOFILE: (terms.OPEN_FILES, terms.OPEN_FILES),
    resource.RLIMIT_FSIZE: (terms.OUTPUT_BYTES, terms.OUTPUT_BYTES),
    resource.RLIMIT_CORE: (0, 0),
}


def main(task: str, extension: str, rows: str) -> dict[str, Any]:
    file = sys.stdin.buffer
    kind = identify(file, extension)
    if task == "identify":
        return {"kind": kind}
    if kind not in terms.TABLES:
        raise Refusal("not_a_table")
    with os.fdopen(int(rows), "wb") as out:
        sink = Sink(out)
        if kind == terms.CSV:
            from .text_table import read_csv as read
        elif kind == terms.XLSX:
            from .workbook import read_xlsx as read
        else:
            from .workbook import read_xls as read
        read(file, sink)
    return {"kind": kind, "sheets": sink.sheets, **sink.facts}


def judged() -> dict[str, Any]:
    try:
        return main(*sys.argv[1:])
    except Refusal as refusal:
        return {"code": refusal.code, "params": refusal.params}
    except (MemoryError, OSError):  # an OSError where the rows outgrow what a file may hold
        return {"code": "too_complex", "params": {}}
    except ImportError:
        sys.exit(terms.EXIT_WITHOUT_READER)
    except BaseException:  # the reader's panics are no Exception; whatever it was, the file is to blame
        return {"code": "broken", "params": {}}


for limit, values in LIMITS.items():
    resource.setrlimit(limit, values)
sys.stdout.write(json.dumps(judged()))
