"""A process of its own on a workspace: `python -m hard.stream.one_drain HOME key|drain`.

key    makes a public key and prints it
drain  takes everything to the lake, checks the lake, prints the numbers (`position`) of all events in it
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from regulars.platform import store
from regulars.platform.workspace import open_workspace


def main(home: str, what: str) -> None:
    workspace = open_workspace(Path(home))
    os.environ["REGULARS_PROCESS"] = "hard"
    store.start(workspace, store.SERVER)
    if what == "key":
        from regulars.staff import keys

        print(keys.make("our shop's page", ["ingest"])[1])
        return
    from regulars.customers.refresh import open_lake
    from regulars.stream import drainer

    drainer.drain_all(workspace)
    lake = open_lake(workspace)
    assert lake.check() == []
    found = lake.read(lambda now: now.table("events").to_pyarrow()["properties"].to_pylist())
    print(json.dumps([json.loads(text)["position"] for text in found if text and "position" in text]))


if __name__ == "__main__":
    main(*sys.argv[1:])
