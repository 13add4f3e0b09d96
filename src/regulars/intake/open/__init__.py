"""Opening files: compression, encoding, and cells in rows, whatever the format. Nothing here knows what a cell means.

`packing` unpacks, `encoding` finds how bytes become letters, `sniff` how letters become cells, `records` reads text row
by row in bounded memory, `excel` and `json_rows` do the same for their formats, `sample` shows recognition the file,
and `source` gives reading one DuckDB relation of text columns in the file's order.
"""
