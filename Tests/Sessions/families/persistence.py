"""Saving, in the foreground and in the background."""

import os

from recorder import kind, only

FIELDS = ("rdb_bgsave_in_progress", "rdb_last_bgsave_status", "aof_enabled", "aof_rewrite_in_progress",
          "aof_last_bgrewrite_status",
          "rdb_changes_since_last_save")


def persistence(s):
    """SAVE, BGSAVE, BGREWRITEAOF, LASTSAVE."""
    r, client = s.run, s.client
    r("lastsave", normalise=kind)
    client.mset({"a": 1, "b": 2})
    client.rpush("l", *range(100))
    r("save")
    r("info", "persistence", normalise=only(*FIELDS))
    r("set", "c", "3")
    r("mset", {"d": 4, "e": 5})
    r("rpush", "l", 1, 2, 3)
    r("delete", "missing")
    r("get", "c")
    r("info", "persistence", normalise=only(*FIELDS))
    # LASTSAVE counts seconds: a save in the same second shows no change.
    s.call("lastsave is the time of the save",
           lambda: 0 <= client.time()[0] - int(client.lastsave().timestamp()) <= 2)
    s.call("rdb_last_save_time is lastsave",
           lambda: client.info()["rdb_last_save_time"] == int(client.lastsave().timestamp()))
    def ended(*names):
        """Whether these kinds of work come to their end."""
        def idle():
            fields = client.info("persistence")
            return all(fields[name] == 0 for name in names)
        return s.until(idle, 5)

    r("bgsave")
    s.call("the background save ends", lambda: ended("rdb_bgsave_in_progress"))
    r("info", "persistence", normalise=only(*FIELDS))
    r("bgsave", schedule=False)
    s.call("it ends too", lambda: ended("rdb_bgsave_in_progress"))
    r("bgrewriteaof")
    s.call("the rewriting ends", lambda: ended("aof_rewrite_in_progress", "aof_rewrite_scheduled"))
    r("info", "persistence", normalise=only(*FIELDS))
    if s.folder:
        def saved():
            with open(os.path.join(s.folder, client.config_get("dbfilename")["dbfilename"]), "rb") as file:
                return file.read(9)
        s.call("start of the saved file", saved)
        s.call("the configured folder is the given one",
               lambda: os.path.samefile(client.config_get("dir")["dir"], s.folder))
        s.call("no temporary files are left",
               lambda: [name for name in os.listdir(s.folder) if name.startswith("temp-")])
    s.raws("SAVE x", "BGSAVE FOO", "BGREWRITEAOF x", "LASTSAVE x")
    s.digest()
