"""Herald's entry point: `python bot.py [run|sandbox|split|check|search|import] ...`.

Written so that any Python 3 can read it: one that is too old is told so in a sentence, not by a SyntaxError.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 -- this file is what an older Python gets to see
    sys.stderr.write(
        "Herald needs Python 3.11 or newer; this is Python {}.{}. Run `make ready`, which looks for a newer one and "
        "sets up .venv, then start Herald with .venv/bin/python bot.py\n".format(*sys.version_info[:2])
    )
    sys.exit(2)

from cli.dispatch import main

if __name__ == "__main__":  # the import's worker process loads this file again: it must start nothing there
    sys.exit(main(sys.argv[1:]))
