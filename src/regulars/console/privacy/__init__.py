"""What is held about people, requests to be told or forgotten, and backups: pages over the inventory of all rooms.

`page` shows the inventory and what rests on which ground, `requests` answers somebody who asks, `backups` looks after
copies of everything.
"""
