"""Intake: files become orders in the lake and customers in the operations store.

`open -> recognise -> read (typed rows, or set aside with a reason) -> assemble (orders, refunds, people) -> commit`.
Rows in = kept + set aside + unchanged + replaced; stopping anywhere and starting again ends the same.
"""
