"""Herald's entry point: `python bot.py [run|sandbox|split|check|search|import] ...`.

It has to parse on any Python 3, so that a version that is too old prints a clear message instead of a SyntaxError.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 -- older versions run this file, too
    sys.stderr.write(
        "Herald needs Python 3.11 or newer; this is Python {}.{}. Run `make ready`, which looks for a newer one and "
        "sets up .venv, then start Herald with .venv/bin/python bot.py\n".format(*sys.version_info[:2])
    )
    sys.exit(2)

from cli.dispatch import main

if __name__ == "__main__":  # the import's worker process loads this file again and must not start anything
    sys.exit(main(sys.argv[1:]))
