"""Runs a scripted session against a server and prints one JSON line per call.

The lines hold nothing that is random or depends on the run, so the outputs
of two servers of the same behaviour are equal line for line.

    session.py SOCKET --library redis|valkey --protocol 2|3 [--folder DIR]
"""

import argparse
import importlib
import logging
import sys

# No __pycache__ beside the sources.
sys.dont_write_bytecode = True

from families import FAMILIES  # noqa: E402
from recorder import Session  # noqa: E402

# Methods of the libraries that no family calls, by the start of their names.
# The server under test has no scripting, cluster, access lists, modules or
# replication; the other ones end the server or need another kind of server.
LEFT_OUT = (
    "acl_", "cluster", "readonly", "readwrite", "module_", "load_external_module",
    "eval", "fcall", "script_", "function_", "register_script", "tfcall", "tfunction_", "lock",
    "replicaof", "slaveof", "sync", "psync", "failover", "sentinel",
    "debug_segfault", "client_tracking",
)
# Methods of the client object itself: they send no command of their own.
PLUMBING = {
    "from_url", "from_pool", "get_encoder", "get_connection_kwargs", "get_retry", "set_retry",
    "set_response_callback", "client", "parse_response", "get_cache", "flush_cache",
    "delete_command_from_cache", "invalidate_key_from_cache",
}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("socket", help="Unix socket of the server")
    parser.add_argument("--library", choices=("redis", "valkey"), default="redis")
    parser.add_argument("--protocol", type=int, choices=(2, 3), default=2)
    parser.add_argument("--folder", help="the server's data folder: also look at the files it saves")
    parser.add_argument("--family", action="append", choices=list(FAMILIES),
                        help="run this family only; may be repeated")
    parser.add_argument("--shutdown", action="store_true",
                        help="end the session, and the server, with SHUTDOWN NOSAVE")
    parser.add_argument("--uncovered", action="store_true",
                        help="after the session, list the library's methods that it did not call")
    return parser.parse_args()


def uncovered(session):
    """The library's methods that were neither called nor left out."""
    for name in sorted(session.offered()):
        if name not in session.used and name not in PLUMBING and not name.startswith(LEFT_OUT):
            yield name


def main():
    arguments = parse_arguments()
    # The libraries log every push message to standard error, unless this
    # logger is there before they make it.
    logging.getLogger("push_response").propagate = False
    library = importlib.import_module(arguments.library)
    session = Session(library, arguments.socket, arguments.protocol, arguments.folder, sys.stdout)
    for name, family in FAMILIES.items():
        if arguments.family is None or name in arguments.family:
            session.family(name, family)
    if arguments.shutdown:
        session.run("shutdown", nosave=True)
        session.run("ping", on=session.open("after"), normalise=bool)
    session.close()
    if arguments.uncovered:
        for name in uncovered(session):
            print(name, file=sys.stderr)


if __name__ == "__main__":
    main()
