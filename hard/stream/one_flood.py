"""`python -m hard.stream.one_flood HOME EVENTS`: put events in and take them to the lake, by turns, in five parts;
prints how many came to the lake and the peak of this process's memory after each part."""

from __future__ import annotations

import json
import os
import resource
import sys
from datetime import timedelta
from pathlib import Path

from regulars.platform import store
from regulars.platform.workspace import open_workspace

PARTS = 5
EACH = 1_000


def main(home: str, events: str) -> None:
    workspace = open_workspace(Path(home))
    os.environ["REGULARS_PROCESS"] = "worker"
    store.start(workspace, store.SERVER)
    from tests.stream.sent import BROWSER, NOW, event

    from regulars.platform.registry import personal_data
    from regulars.stream import drainer, inbox

    drained, peaks, part = 0, [], int(events) // PARTS
    prune = personal_data["events that came in"].expire
    assert prune is not None
    for number in range(PARTS):
        for start in range(number * part, (number + 1) * part, EACH):
            inbox.accept(BROWSER, [event(str(at), anonymous_id=f"a{at // 7}") for at in range(start, start + EACH)])
            if start % drainer.MOST == 0:
                drained += drainer.drain_all(workspace)
                prune(NOW + timedelta(days=1))
        drained += drainer.drain_all(workspace)
        peaks.append(round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
    print(json.dumps({"drained": drained, "peaks_mb": peaks}))


if __name__ == "__main__":
    main(*sys.argv[1:])
