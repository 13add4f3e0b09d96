"""Gives a file as the browser's page does, or says how imports stand. Run as a process.

python -m hard.intake.uploading HOME give FILE      the file is to be imported at once
python -m hard.intake.uploading HOME undo           the first import is to be undone
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from regulars.platform import store

store.prepare(store.SERVER)

from regulars.intake import undo, uploads  # noqa: E402 - needs Django
from regulars.intake.models import Upload  # noqa: E402
from regulars.platform.workspace import open_workspace  # noqa: E402
from regulars.web.serving import configure  # noqa: E402


def main() -> None:
    """See the module's docstring."""
    workspace = open_workspace(Path(sys.argv[1]))
    configure(workspace)
    if sys.argv[2] == "undo":
        undo.begin(1)
        return
    incoming = workspace.files_path / "given.csv"
    incoming.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(sys.argv[3], incoming)
    upload = uploads.take(workspace, [("orders.csv", incoming)])
    Upload.objects.filter(pk=upload.pk).update(state=Upload.State.FOUND)
    uploads.start(upload.pk)


if __name__ == "__main__":
    main()
