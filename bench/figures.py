"""Where a benchmark's figures go: the same option and the same form for all of them."""
import json
import pathlib


def add_option(parser):
    parser.add_argument("--json", default="-", metavar="FILE",
                        help="where the figures go, for bench/report.py; - is standard output")


def put(figures, path):
    text = json.dumps(figures, indent=1)
    if path == "-":
        print(text)
    else:
        pathlib.Path(path).write_text(text + "\n", encoding="utf-8")
