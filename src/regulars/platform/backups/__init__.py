"""Backups: one file with the operations store, the lake, the workspace's files and settings, as of one moment.

`make` writes it while the server runs, `archive` reads and proves one, `restore` brings a workspace back to it, `kept`
looks after those in the workspace's folder. Rooms above give `restore` what has to be done before anybody may look
(forgetting again whom somebody forgot since).
"""
