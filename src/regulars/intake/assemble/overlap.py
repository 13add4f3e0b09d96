"""Lines of one order in several files of an import: parts of it, or two exports that overlap?

Files that were split apart continue each other: the order ends one file and begins the next, or no line of it stands in
both. Otherwise the files overlap, and the order is as the last file has it.
"""

from __future__ import annotations

from regulars.intake.assemble.assembly import Assembly
from regulars.intake.assemble.source import FILE_PLACES

_FILE = f"place // {FILE_PLACES}"
_CONTENT = "product_id, product_name, quantity, unit_price, line_total, line_number, full_price, net"


def find(assembly: Assembly) -> bool:
    """Make the table `old_line` (place, number) of lines that a later file tells anew; False when there are none."""
    con = assembly.con
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE shared AS
        SELECT *, {_FILE} AS file, hash({_CONTENT}) AS content FROM every_line
        WHERE number IN (SELECT number FROM every_line GROUP BY number HAVING min({_FILE}) < max({_FILE}))"""
    )
    con.execute(_WHOLE_AGAIN)
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE old_line AS
        SELECT place, number FROM shared JOIN (
            SELECT number, max(file) AS newest FROM shared GROUP BY number
            HAVING count(DISTINCT content) < (
                SELECT sum(n) FROM (
                    SELECT s.number, count(DISTINCT content) AS n FROM shared s GROUP BY s.number, s.file) t
                WHERE t.number = shared.number)
        ) USING (number) WHERE file < newest AND number NOT IN ({_ADJOINING})"""
    )
    return bool(con.execute("SELECT 1 FROM old_line LIMIT 1").fetchall())


# Numbers whose newest file has all that the others have: another export rather than the other part.
_WHOLE_AGAIN = """
CREATE OR REPLACE TEMP TABLE whole_again AS
SELECT number FROM (SELECT *, max(file) OVER (PARTITION BY number) AS newest FROM shared)
GROUP BY number HAVING count(DISTINCT content) = count(DISTINCT content) FILTER (file = newest)
"""

# Numbers that end one file and begin the next, and stand in no third one.
_ADJOINING = f"""
SELECT a.number FROM
    (SELECT {_FILE} AS file, arg_max(number, place) AS number FROM every_line GROUP BY 1) a
    JOIN (SELECT {_FILE} AS file, arg_min(number, place) AS number FROM every_line GROUP BY 1) b
    ON a.number = b.number AND a.file < b.file
    JOIN (SELECT number, count(DISTINCT file) AS files FROM shared GROUP BY number) f
    ON f.number = a.number AND f.files = 2
WHERE a.number NOT IN (SELECT number FROM whole_again)
"""
