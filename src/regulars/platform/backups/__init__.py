"""Backups: one file with the operations store, the lake, the workspace's files and settings, as of one moment.

`make` writes it while the server runs, `opened` reads and proves one, `restore` brings a workspace back to it. Rooms
above give `restore` what has to be done before anybody may look (forgetting again whom somebody forgot since).
"""

from regulars.platform.backups.archive import Archive, Manifest, opened
from regulars.platform.backups.make import make
from regulars.platform.backups.restore import restore

__all__ = ["Archive", "Manifest", "make", "opened", "restore"]
